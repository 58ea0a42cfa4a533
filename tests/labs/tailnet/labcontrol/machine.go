// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"reflect"
	"unsafe"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/util/zstdframe"
)

// private returns a pointer to an unexported field of the test control server.
// The version is pinned, and a field of another type stops the program.
func private[T any](s *testcontrol.Server, name string) *T {
	field := reflect.ValueOf(s).Elem().FieldByName(name)
	if !field.IsValid() || field.Type() != reflect.TypeFor[T]() {
		log.Fatalf("the test control server has no field %s %v", name, reflect.TypeFor[T]())
	}
	return (*T)(unsafe.Pointer(field.UnsafeAddr()))
}

// serveMap passes a node's map request on, and adapts every answer.
func (t *tailnet) serveMap(inner http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		var request tailcfg.MapRequest
		if err == nil {
			err = json.Unmarshal(body, &request)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		compress := request.Compress != ""
		request.Compress = ""
		if body, err = json.Marshal(request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if request.Stream {
			t.count(request.NodeKey, 1)
			defer t.count(request.NodeKey, -1)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		inner.ServeHTTP(&mapWriter{ResponseWriter: w, tailnet: t, compress: compress}, r)
	}
}

// mapWriter takes length-prefixed JSON messages apart and writes them anew.
type mapWriter struct {
	http.ResponseWriter
	tailnet  *tailnet
	compress bool
	failed   bool // the answer is an error text, not messages
	pending  []byte
}

func (w *mapWriter) WriteHeader(status int) {
	w.failed = status != http.StatusOK
	w.ResponseWriter.WriteHeader(status)
}

func (w *mapWriter) Write(data []byte) (int, error) {
	if w.failed {
		return w.ResponseWriter.Write(data)
	}
	w.pending = append(w.pending, data...)
	for len(w.pending) >= 4 {
		size := int(binary.LittleEndian.Uint32(w.pending))
		if len(w.pending) < 4+size {
			break
		}
		if err := w.send(w.pending[4 : 4+size]); err != nil {
			return 0, err
		}
		w.pending = append([]byte(nil), w.pending[4+size:]...)
	}
	return len(data), nil
}

func (w *mapWriter) send(message []byte) error {
	var m tailcfg.MapResponse
	if err := json.Unmarshal(message, &m); err != nil {
		return fmt.Errorf("map message: %w", err)
	}
	if !m.KeepAlive {
		w.tailnet.adapt(&m)
	}
	out, err := json.Marshal(&m)
	if err != nil {
		return err
	}
	if w.compress {
		out = zstdframe.AppendEncode(nil, out, zstdframe.FastestCompression)
	}
	framed := binary.LittleEndian.AppendUint32(nil, uint32(len(out)))
	_, err = w.ResponseWriter.Write(append(framed, out...))
	return err
}

func (w *mapWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// serveSetDNS keeps the record with which a node proves to the certificate
// authority that a name is its own.
func (t *tailnet) serveSetDNS(w http.ResponseWriter, r *http.Request) {
	var request tailcfg.SetDNSRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	node := t.control.Node(request.NodeKey)
	t.mu.Lock()
	defer t.mu.Unlock()
	if node == nil || request.Type != "TXT" || request.Name != "_acme-challenge."+t.fqdnLocked(node) {
		http.Error(w, "not a record of this node", http.StatusForbidden)
		return
	}
	t.txt[request.Name] = request.Value
	answer(w, http.StatusOK, tailcfg.SetDNSResponse{})
}

// needs lists the capabilities that a feature consists of.
func needs(feature string) []tailcfg.NodeCapability {
	switch feature {
	case "funnel":
		return []tailcfg.NodeCapability{tailcfg.CapabilityHTTPS, tailcfg.NodeAttrFunnel, funnelPorts}
	case "serve":
		return []tailcfg.NodeCapability{tailcfg.CapabilityHTTPS}
	}
	return nil
}

// serveFeatureQuery answers what it takes to switch a feature on. The shape is
// tailcfg.QueryFeatureResponse, the texts are those of the real service.
func (t *tailnet) serveFeatureQuery(w http.ResponseWriter, r *http.Request) {
	var request tailcfg.QueryFeatureRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	node := t.control.Node(request.NodeKey)
	wanted := needs(request.Feature)
	if node == nil || wanted == nil {
		http.Error(w, "unknown node or feature", http.StatusNotFound)
		return
	}
	t.mu.Lock()
	said := t.answers[request.Feature]
	caps := t.facetLocked(node.Machine).caps
	complete := true
	for _, c := range wanted {
		complete = complete && caps[c]
	}
	t.mu.Unlock()

	if said.Status != 0 && said.Status != http.StatusOK {
		http.Error(w, "Not implemented yet", said.Status)
		return
	}
	name := map[string]string{"funnel": "Funnel", "serve": "Serve"}[request.Feature]
	response := tailcfg.QueryFeatureResponse{Complete: or(said.Complete, complete)}
	if !response.Complete {
		response.Text = or(said.Text, name+" is not enabled on your tailnet.\nTo enable, visit:")
		response.URL = or(said.URL, fmt.Sprintf("%s/f/%s?node=%s", t.url, request.Feature, node.StableID))
		response.ShouldWait = or(said.ShouldWait, true)
	}
	answer(w, http.StatusOK, response)
}

// serveFeaturePage is the page behind the link of such an answer: visiting it
// switches the feature on.
func (t *tailnet) serveFeaturePage(w http.ResponseWriter, r *http.Request) {
	wanted := needs(r.PathValue("feature"))
	for _, node := range t.nodes() {
		if wanted != nil && string(node.StableID) == r.URL.Query().Get("node") {
			t.setCaps(node, wanted, nil)
			fmt.Fprintln(w, "Enabled. You can close this page.")
			return
		}
	}
	http.NotFound(w, r)
}

func or[T any](value *T, otherwise T) T {
	if value != nil {
		return *value
	}
	return otherwise
}
