// SPDX-License-Identifier: MIT

package main

import (
	"net/http"
	"slices"
	"sync"
)

// trap is an HTTP proxy that lets nothing through: whatever a program tries to
// reach beyond loopback is recorded here.
type trap struct {
	url string

	mu     sync.Mutex
	caught []string
}

func newTrap() (*trap, error) {
	t := &trap{caught: []string{}}
	url, err := serve(t)
	t.url = url
	return t, err
}

func (t *trap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.mu.Lock()
	t.caught = append(t.caught, r.Method+" "+r.Host)
	t.mu.Unlock()
	http.Error(w, "nothing leaves this lab", http.StatusForbidden)
}

func (t *trap) list() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.caught)
}
