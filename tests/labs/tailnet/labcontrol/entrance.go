// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tailscale.com/envknob"
	"tailscale.com/ipn"
	"tailscale.com/tailcfg"
	"tailscale.com/tsnet"
)

// How long a visitor waits for a node that is there, and for one that is not.
const (
	patience        = 15 * time.Second
	patienceOffline = time.Second
)

// entrance plays the public side of Funnel: it reads the name that a visitor
// asks for, and hands the untouched connection to the node with that name,
// through a node of its own, in the way Tailscale's ingress nodes do.
type entrance struct {
	addresses map[string]string // Funnel port -> loopback address
	tailnet   *tailnet
	node      *tsnet.Server

	mu     sync.Mutex
	source string
	log    []visit
}

// visit is one connection from outside.
type visit struct {
	Target string `json:"target"`
	Status int    `json:"status"` // the node's answer: 101 is let in, 0 is no answer
	Text   string `json:"text"`
}

func startEntrance(ctx context.Context, t *tailnet, dir, source string) (*entrance, error) {
	if _, err := netip.ParseAddrPort(source); err != nil {
		return nil, err
	}
	envknob.SetNoLogsNoSupport()
	for name, value := range map[string]string{
		"TS_ASSUME_NETWORK_UP_FOR_TEST": "1",
		"TS_PANIC_IF_HIT_MAIN_CONTROL":  "1",
		"TS_DISABLE_PORTMAPPER":         "1",
		"TS_NETCHECK_GENERATE_204_URL":  t.url + "/generate_204",
	} {
		envknob.Setenv(name, value)
	}
	e := &entrance{
		addresses: map[string]string{},
		tailnet:   t,
		source:    source,
		log:       []visit{},
		node: &tsnet.Server{
			Dir:        dir,
			Hostname:   "funnel-ingress-node",
			ControlURL: t.url,
			UserLogf:   func(string, ...any) {},
		},
	}
	if err := e.node.Start(); err != nil {
		return nil, err
	}
	client, err := e.node.LocalClient()
	if err != nil {
		return nil, err
	}
	bus, err := client.WatchIPNBus(ctx, ipn.NotifyInitialState)
	if err != nil {
		return nil, err
	}
	go func() { // sign in whenever it is asked for
		defer bus.Close()
		for {
			n, err := bus.Next()
			if err != nil {
				return
			}
			if n.BrowseToURL != nil {
				t.control.CompleteAuth(*n.BrowseToURL)
			}
		}
	}()
	up, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	status, err := e.node.Up(up)
	if err != nil {
		return nil, fmt.Errorf("the entrance does not come up: %w", err)
	}
	t.mu.Lock()
	t.entrance = status.Self.PublicKey
	t.mu.Unlock()
	t.control.SetUnsignedPeerAPIOnly(status.Self.PublicKey, true)
	t.control.RequireMachineAuth = t.options.approval // for everyone after this

	for _, port := range []string{"443", "8443", "10000"} {
		listener, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
		if err != nil {
			return nil, err
		}
		e.addresses[port] = listener.Addr().String()
		go func() {
			for {
				visitor, err := listener.Accept()
				if err != nil {
					log.Print(err)
					return
				}
				go e.receive(visitor, port)
			}
		}()
	}
	return e, nil
}

func (e *entrance) close() { e.node.Close() }

func (e *entrance) visits() []visit {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.log)
}

func (e *entrance) setSource(source string) error {
	if _, err := netip.ParseAddrPort(source); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.source = source
	return nil
}

// receive takes one visitor to the node he asks for.
func (e *entrance) receive(visitor net.Conn, port string) {
	defer visitor.Close()
	visitor.SetDeadline(time.Now().Add(20 * time.Second))
	v := visit{}
	hello, name, err := serverName(visitor)
	if err == nil {
		v.Target = net.JoinHostPort(name, port)
		var inside net.Conn
		var answered io.Reader
		if inside, answered, err = e.enter(name, &v); err == nil {
			defer inside.Close()
			e.note(v)
			visitor.SetDeadline(time.Time{})
			if _, err := inside.Write(hello); err != nil {
				return
			}
			go func() {
				io.Copy(inside, visitor)
				if half, ok := inside.(interface{ CloseWrite() error }); ok {
					half.CloseWrite()
				} else {
					inside.Close()
				}
			}()
			io.Copy(visitor, answered)
			return
		}
	}
	if v.Text == "" {
		v.Text = err.Error()
	}
	e.note(v)
	if tcp, ok := visitor.(*net.TCPConn); ok {
		tcp.SetLinger(0) // a reset, as the real entrance gives
	}
}

func (e *entrance) note(v visit) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.log = append(e.log, v)
}

// enter asks the node with a name to take a connection.
func (e *entrance) enter(name string, v *visit) (net.Conn, io.Reader, error) {
	inside, err := e.reach(name)
	if err != nil {
		return nil, nil, err
	}
	request, err := http.NewRequest("POST", "http://"+inside.RemoteAddr().String()+"/v0/ingress", nil)
	if err != nil {
		inside.Close()
		return nil, nil, err
	}
	e.mu.Lock()
	request.Header.Set("Tailscale-Ingress-Src", e.source)
	e.mu.Unlock()
	request.Header.Set("Tailscale-Ingress-Target", v.Target)
	inside.SetDeadline(time.Now().Add(patience))
	reader := bufio.NewReader(inside)
	err = request.Write(inside)
	var response *http.Response
	if err == nil {
		response, err = http.ReadResponse(reader, request)
	}
	if err != nil {
		inside.Close()
		return nil, nil, err
	}
	v.Status = response.StatusCode
	if response.StatusCode != http.StatusSwitchingProtocols {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		v.Text = strings.TrimSpace(string(text))
		inside.Close()
		return nil, nil, errors.New("not let in")
	}
	inside.SetDeadline(time.Time{})
	return inside, reader, nil
}

// reach connects to the node with a name. One that is on its way up is waited
// for, so that tests need not know when exactly it takes connections.
func (e *entrance) reach(name string) (net.Conn, error) {
	begin := time.Now()
	for {
		node, err := e.tailnet.findName(name)
		if err != nil {
			return nil, err
		}
		wait := patience
		if !e.tailnet.online(node) {
			wait, err = patienceOffline, errors.New("the node is offline")
		} else {
			var inside net.Conn
			if inside, err = e.dial(node); err == nil {
				return inside, nil
			}
		}
		if time.Since(begin) > wait {
			return nil, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (e *entrance) dial(node *tailcfg.Node) (net.Conn, error) {
	address, err := peerAPI(node)
	if err != nil {
		return nil, err
	}
	client, err := e.node.LocalClient()
	if err != nil {
		return nil, err
	}
	// Find a path first: a packet that is lost while the node changes its
	// sockets is otherwise sent again after five seconds only.
	attempt, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	result, err := client.Ping(attempt, address.Addr(), tailcfg.PingDisco)
	if err != nil {
		return nil, err
	}
	if result.Err != "" {
		return nil, errors.New(result.Err)
	}
	dialing, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return e.node.Dial(dialing, "tcp", address.String())
}

// peeked is a connection that can be read and not written to.
type peeked struct {
	net.Conn
	reader io.Reader
}

func (p peeked) Read(b []byte) (int, error)  { return p.reader.Read(b) }
func (p peeked) Write(b []byte) (int, error) { return 0, io.ErrClosedPipe }

var errSeen = errors.New("name seen")

// serverName reads the first message of a TLS connection, and returns its
// bytes and the name in it.
func serverName(conn net.Conn) ([]byte, string, error) {
	var hello bytes.Buffer
	var name string
	err := tls.Server(peeked{conn, io.TeeReader(conn, &hello)}, &tls.Config{
		GetConfigForClient: func(info *tls.ClientHelloInfo) (*tls.Config, error) {
			name = info.ServerName
			return nil, errSeen
		},
	}).Handshake()
	if !errors.Is(err, errSeen) {
		return nil, "", fmt.Errorf("no TLS: %w", err)
	}
	if name == "" {
		return nil, "", errors.New("no server name")
	}
	return hello.Bytes(), name, nil
}
