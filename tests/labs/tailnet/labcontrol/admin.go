// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"

	"tailscale.com/tailcfg"
)

// admin is the interface for tests. Every request and every answer is JSON; an
// answer other than 200 is {"error": text}.
type admin struct {
	tailnet   *tailnet
	authority *authority
	acme      *acme
	entrance  *entrance
	trap      *trap
}

// nodeInfo is what GET /nodes says of one node.
type nodeInfo struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"` // full, without the final dot
	HostName  string   `json:"hostname"`
	Addresses []string `json:"addresses"`
	Caps      []string `json:"caps"`
	Expired   bool     `json:"expired"`
	Approved  bool     `json:"approved"`
	Online    bool     `json:"online"`
	Funnel    bool     `json:"funnel"` // the node says that it takes Funnel connections
	PeerAPI   string   `json:"peerapi"`
}

func startAdmin(a *admin) (string, error) {
	mux := http.NewServeMux()
	handle(mux, "GET /nodes", func(struct{}) (any, error) { return a.nodes(), nil })
	handle(mux, "GET /visits", func(struct{}) (any, error) { return a.entrance.visits(), nil })
	handle(mux, "GET /strays", func(struct{}) (any, error) { return a.trap.list(), nil })
	handle(mux, "GET /issued", func(struct{}) (any, error) { return a.acme.count(), nil })
	handle(mux, "POST /push", func(struct{}) (any, error) {
		a.tailnet.push()
		return nil, nil
	})
	handle(mux, "POST /caps", a.caps)
	handle(mux, "POST /expire", a.expire)
	handle(mux, "POST /rename", a.rename)
	handle(mux, "POST /approve", a.approve)
	handle(mux, "POST /cert", a.cert)
	handle(mux, "POST /acme", func(mode acmeMode) (any, error) { return nil, a.acme.behave(mode) })
	handle(mux, "POST /magicdns", func(r struct{ On bool }) (any, error) {
		a.tailnet.setMagicDNS(r.On)
		return nil, nil
	})
	handle(mux, "POST /auth", func(r struct{ URL string }) (any, error) {
		if !a.tailnet.control.CompleteAuth(r.URL) {
			return nil, errors.New("no such sign-in link")
		}
		return nil, nil
	})
	handle(mux, "POST /feature", func(r struct {
		Feature string
		Answer  featureAnswer
	}) (any, error) {
		a.tailnet.mu.Lock()
		defer a.tailnet.mu.Unlock()
		a.tailnet.answers[r.Feature] = r.Answer
		return nil, nil
	})
	handle(mux, "POST /source", func(r struct{ Address string }) (any, error) {
		return nil, a.entrance.setSource(r.Address)
	})
	return serve(mux)
}

// handle puts a function from one JSON value to another on a mux.
func handle[T any](mux *http.ServeMux, pattern string, f func(T) (any, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var request T
		err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&request)
		if err != nil && !errors.Is(err, io.EOF) {
			answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		result, err := f(request)
		if err != nil {
			answer(w, http.StatusConflict, map[string]string{"error": err.Error()})
			return
		}
		answer(w, http.StatusOK, result)
	})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func (a *admin) nodes() []nodeInfo {
	t := a.tailnet
	out := []nodeInfo{}
	for _, node := range t.nodes() {
		online := t.online(node)
		t.mu.Lock()
		info := nodeInfo{
			Online:   online,
			ID:       string(node.StableID),
			Name:     t.fqdnLocked(node),
			Caps:     []string{},
			Expired:  t.expired[node.Key],
			Approved: node.MachineAuthorized,
		}
		for c := range t.facetLocked(node.Machine).caps {
			info.Caps = append(info.Caps, string(c))
		}
		t.mu.Unlock()
		slices.Sort(info.Caps)
		if node.Hostinfo.Valid() {
			info.HostName = node.Hostinfo.Hostname()
			info.Funnel = node.Hostinfo.IngressEnabled()
		}
		for _, address := range node.Addresses {
			info.Addresses = append(info.Addresses, address.Addr().String())
		}
		if address, err := peerAPI(node); err == nil {
			info.PeerAPI = address.String()
		}
		out = append(out, info)
	}
	return out
}

func (a *admin) caps(r struct {
	Node        string
	Add, Remove []string
}) (any, error) {
	node, err := a.tailnet.find(r.Node)
	if err != nil {
		return nil, err
	}
	add, err := expandCaps(r.Add)
	if err != nil {
		return nil, err
	}
	remove, err := expandCaps(r.Remove)
	if err != nil {
		return nil, err
	}
	a.tailnet.setCaps(node, add, remove)
	return nil, nil
}

func (a *admin) expire(r struct {
	Node    string // "" is every node
	Expired bool
}) (any, error) {
	var node *tailcfg.Node
	if r.Node != "" {
		var err error
		if node, err = a.tailnet.find(r.Node); err != nil {
			return nil, err
		}
	}
	a.tailnet.expire(node, r.Expired)
	return nil, nil
}

func (a *admin) rename(r struct{ Node, Name string }) (any, error) {
	node, err := a.tailnet.find(r.Node)
	if err != nil {
		return nil, err
	}
	a.tailnet.rename(node, r.Name)
	return nil, nil
}

func (a *admin) approve(r struct{ Node string }) (any, error) {
	node, err := a.tailnet.find(r.Node)
	if err != nil {
		return nil, err
	}
	t := a.tailnet
	if !t.control.CompleteDeviceApproval(t.url, t.url+"/admin", &node.Key) {
		return nil, errors.New("not approved")
	}
	return nil, nil
}

func (a *admin) cert(r struct {
	Name string
	Days int
}) (any, error) {
	chain, key, err := a.authority.issue(r.Name, r.Days)
	if err != nil {
		return nil, err
	}
	return map[string]string{"chain": string(chain), "key": string(key)}, nil
}
