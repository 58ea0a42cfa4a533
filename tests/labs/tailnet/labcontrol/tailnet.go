// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/key"
	"tailscale.com/types/logger"
	"tailscale.com/util/dnsname"
)

// funnelPorts is the capability that carries the ports Funnel may use.
const funnelPorts = tailcfg.CapabilityFunnelPorts + "?ports=443,8443,10000"

// expandCaps turns the short names into capability keys.
func expandCaps(names []string) ([]tailcfg.NodeCapability, error) {
	var out []tailcfg.NodeCapability
	for _, name := range names {
		switch name = strings.TrimSpace(name); name {
		case "", "none":
		case "https":
			out = append(out, tailcfg.CapabilityHTTPS)
		case "funnel":
			out = append(out, tailcfg.NodeAttrFunnel)
		case "ports":
			out = append(out, funnelPorts)
		case "all":
			out = append(out, tailcfg.CapabilityHTTPS, tailcfg.NodeAttrFunnel, funnelPorts)
		default:
			if !strings.Contains(name, "://") && strings.ContainsAny(name, " =?") {
				return nil, fmt.Errorf("%q is not a capability", name)
			}
			out = append(out, tailcfg.NodeCapability(name))
		}
	}
	return out, nil
}

type options struct {
	domain   string
	caps     []tailcfg.NodeCapability
	auth     bool
	approval bool
	magicDNS bool
}

// featureAnswer is what the control server says about switching a feature on.
type featureAnswer struct {
	Status     int     `json:"status"`      // HTTP status, 200 when 0
	Complete   *bool   `json:"complete"`    // nil: whether the node has the capabilities
	Text       *string `json:"text"`        // nil: what the real server says
	URL        *string `json:"url"`         // nil: a page of this server that switches it on
	ShouldWait *bool   `json:"should_wait"` // nil: true
}

// facet is what this server says of one machine, beyond what the machine says
// of itself.
type facet struct {
	caps map[tailcfg.NodeCapability]bool
	name string // first label given by the administrator, or empty
}

// tailnet is Tailscale's test control server with the parts of a real one that
// it lacks: capabilities that come and go, names that change, keys that expire
// one by one, the page behind a sign-in link, the answer to a feature query.
type tailnet struct {
	url     string
	options options
	control *testcontrol.Server

	mu       sync.Mutex
	facets   map[key.MachinePublic]*facet
	expired  map[key.NodePublic]bool
	polls    map[key.NodePublic]int // how many connections a node listens on
	magicDNS bool
	answers  map[string]featureAnswer
	txt      map[string]string
	entrance key.NodePublic // its key never expires
	begin    time.Time
}

func startTailnet(o options) (*tailnet, error) {
	t := &tailnet{
		options:  o,
		facets:   map[key.MachinePublic]*facet{},
		expired:  map[key.NodePublic]bool{},
		polls:    map[key.NodePublic]int{},
		magicDNS: o.magicDNS,
		answers:  map[string]featureAnswer{},
		txt:      map[string]string{},
		begin:    time.Now().UTC().Truncate(time.Second),
	}
	none := tailcfg.NodeCapMap{}
	t.control = &testcontrol.Server{
		DERPMap:                 integration.RunDERPAndSTUN(notATest{}, logger.Discard, loopback),
		MagicDNSDomain:          o.domain,
		DNSConfig:               &tailcfg.DNSConfig{Proxied: true},
		RequireAuth:             o.auth,
		DefaultNodeCapabilities: &none,
		AllOnline:               true,
	}
	outer := http.NewServeMux()
	outer.HandleFunc("/auth/", t.serveAuth)
	outer.HandleFunc("/f/{feature}", t.serveFeaturePage)
	// The test control server takes the whole process down on a path it does
	// not know, so it sees only those that it knows.
	for _, path := range []string{"/key", "/ts2021", "/generate_204"} {
		outer.Handle(path, t.control)
	}
	url, err := serve(outer)
	if err != nil {
		return nil, err
	}
	t.url, t.control.ExplicitBaseURL = url, url

	// What a node says inside its encrypted connection goes to an inner mux,
	// which exists after the first request. Ours is put in front of it.
	t.control.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/generate_204", nil))
	mux := private[*http.ServeMux](t.control, "mux")
	inner := *mux
	front := http.NewServeMux()
	front.Handle("/", inner)
	front.HandleFunc("/machine/map", t.serveMap(inner))
	front.HandleFunc("/machine/feature/query", t.serveFeatureQuery)
	front.HandleFunc("/machine/set-dns", t.serveSetDNS)
	for _, path := range []string{"/machine/set-device-attr", "/machine/audit-log", "/machine/id-token", "/machine/ssh/"} {
		front.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "not part of this lab", http.StatusNotImplemented)
		})
	}
	*mux = front
	return t, nil
}

// serveAuth is the page behind a sign-in link: visiting it signs in.
func (t *tailnet) serveAuth(w http.ResponseWriter, r *http.Request) {
	if !t.control.CompleteAuth(r.URL.Path) {
		http.NotFound(w, r)
		return
	}
	fmt.Fprintln(w, "Signed in. You can close this page.")
}

// facetLocked returns what is known of a machine. t.mu must be held.
func (t *tailnet) facetLocked(machine key.MachinePublic) *facet {
	f := t.facets[machine]
	if f == nil {
		f = &facet{caps: map[tailcfg.NodeCapability]bool{}}
		for _, c := range t.options.caps {
			f.caps[c] = true
		}
		t.facets[machine] = f
	}
	return f
}

// labelLocked is the first label of a node's name. t.mu must be held.
func (t *tailnet) labelLocked(node *tailcfg.Node) string {
	if name := t.facetLocked(node.Machine).name; name != "" {
		return name
	}
	label := node.ComputedName
	if node.Hostinfo.Valid() {
		label = dnsname.SanitizeHostname(node.Hostinfo.Hostname())
	}
	return cmp.Or(label, "unnamed")
}

func (t *tailnet) fqdnLocked(node *tailcfg.Node) string {
	return t.labelLocked(node) + "." + t.options.domain
}

// nodes lists the nodes, one for each machine: after a new key, the last one.
func (t *tailnet) nodes() []*tailcfg.Node {
	last := map[key.MachinePublic]*tailcfg.Node{}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, node := range t.control.AllNodes() {
		if other := last[node.Machine]; other == nil || t.expired[other.Key] || node.ID > other.ID {
			last[node.Machine] = node
		}
	}
	out := make([]*tailcfg.Node, 0, len(last))
	for _, node := range last {
		out = append(out, node)
	}
	slices.SortFunc(out, func(a, b *tailcfg.Node) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// find returns the node with a first label, a host name or a full name.
func (t *tailnet) find(name string) (*tailcfg.Node, error) {
	name = strings.TrimSuffix(name, ".")
	nodes := t.nodes()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, node := range nodes {
		if strings.EqualFold(name, t.fqdnLocked(node)) || strings.EqualFold(name, t.labelLocked(node)) ||
			(node.Hostinfo.Valid() && strings.EqualFold(name, node.Hostinfo.Hostname())) {
			return node, nil
		}
	}
	return nil, fmt.Errorf("no node %q", name)
}

// findName returns the node with a full name.
func (t *tailnet) findName(name string) (*tailcfg.Node, error) {
	nodes := t.nodes()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, node := range nodes {
		if strings.EqualFold(name, t.fqdnLocked(node)) {
			return node, nil
		}
	}
	return nil, fmt.Errorf("no node is called %q", name)
}

// push sends every node the current state.
func (t *tailnet) push() {
	for _, node := range t.control.AllNodes() {
		t.control.SetNodeCapMap(node.Key, nil)
	}
}

func (t *tailnet) setCaps(node *tailcfg.Node, add, remove []tailcfg.NodeCapability) {
	t.mu.Lock()
	f := t.facetLocked(node.Machine)
	for _, c := range add {
		f.caps[c] = true
	}
	for _, c := range remove {
		delete(f.caps, c)
	}
	t.mu.Unlock()
	t.push()
}

func (t *tailnet) rename(node *tailcfg.Node, name string) {
	t.mu.Lock()
	t.facetLocked(node.Machine).name = name
	t.mu.Unlock()
	t.push()
}

// expire marks the present key of a node as expired, or not; nil is every node
// but the entrance.
func (t *tailnet) expire(node *tailcfg.Node, expired bool) {
	t.mu.Lock()
	for _, other := range t.control.AllNodes() {
		if other.Key != t.entrance && (node == nil || other.Machine == node.Machine) {
			t.expired[other.Key] = expired
		}
	}
	t.mu.Unlock()
	t.push()
}

func (t *tailnet) setMagicDNS(on bool) {
	t.mu.Lock()
	t.magicDNS = on
	t.mu.Unlock()
	t.push()
}

func (t *tailnet) count(node key.NodePublic, change int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.polls[node] += change
}

func (t *tailnet) online(node *tailcfg.Node) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.polls[node.Key] > 0
}

// lookupTXT returns a record that a node has set, or nothing.
func (t *tailnet) lookupTXT(name string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.txt[name]
}

// adapt changes one message to a node into what a real server would say.
func (t *tailnet) adapt(m *tailcfg.MapResponse) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now().UTC()
	m.ControlTime = &now // the test server lives in 2020
	for _, peer := range m.Peers {
		peer.Name = t.fqdnLocked(peer) + "."
		peer.CapMap, peer.Capabilities = nil, nil
		if peer.HomeDERP != 0 { // how clients before 1.80 read it
			peer.LegacyDERPString = fmt.Sprintf("127.3.3.40:%d", peer.HomeDERP)
		}
	}
	node := m.Node
	if node == nil {
		return
	}
	f := t.facetLocked(node.Machine)
	node.Name = t.fqdnLocked(node) + "."
	node.CapMap = tailcfg.NodeCapMap{}
	for c := range f.caps {
		node.CapMap[c] = nil
	}
	if t.expired[node.Key] {
		node.KeyExpiry = t.begin.Add(-time.Minute)
	} else {
		node.KeyExpiry = t.begin.AddDate(0, 0, 180)
	}
	m.DNSConfig = &tailcfg.DNSConfig{}
	if t.magicDNS {
		m.DNSConfig.Proxied = true
		m.DNSConfig.Domains = []string{t.options.domain}
		if f.caps[tailcfg.CapabilityHTTPS] {
			m.DNSConfig.CertDomains = []string{t.fqdnLocked(node)}
		}
	}
}

// peerAPI is the address at which a node takes connections from the entrance.
func peerAPI(node *tailcfg.Node) (netip.AddrPort, error) {
	if !node.Hostinfo.Valid() {
		return netip.AddrPort{}, fmt.Errorf("%s has not said anything yet", node.Name)
	}
	for _, service := range node.Hostinfo.Services().All() {
		if service.Proto == tailcfg.PeerAPI4 {
			for _, address := range node.Addresses {
				if address.Addr().Is4() {
					return netip.AddrPortFrom(address.Addr(), service.Port), nil
				}
			}
		}
	}
	return netip.AddrPort{}, fmt.Errorf("%s has no PeerAPI", node.Name)
}

// notATest lets the helpers of Tailscale's own tests run outside a test.
type notATest struct{ *testing.T }

func (notATest) Helper()                      {}
func (notATest) Cleanup(func())               {}
func (notATest) Log(args ...any)              { log.Print(args...) }
func (notATest) Logf(f string, args ...any)   { log.Printf(f, args...) }
func (notATest) Fatal(args ...any)            { log.Fatal(args...) }
func (notATest) Fatalf(f string, args ...any) { log.Fatalf(f, args...) }
func (notATest) Errorf(f string, args ...any) { log.Fatalf(f, args...) }
