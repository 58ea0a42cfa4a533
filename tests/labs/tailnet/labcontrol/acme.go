// SPDX-License-Identifier: MIT

package main

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// acme is the part of RFC 8555 that a tailscaled uses: one account, dns-01,
// no check of signatures or nonces. A record is there or it is not: its
// contents are not looked at.
type acme struct {
	url       string
	authority *authority
	tailnet   *tailnet

	mu     sync.Mutex
	mode   acmeMode
	issued int
	orders []*acmeOrder
}

// acmeMode is how the authority behaves: ok, refused, rate_limited or down.
type acmeMode struct {
	Mode       string `json:"mode"`
	DelayMS    int    `json:"delay_ms"`    // before a challenge is answered
	RetryAfter int    `json:"retry_after"` // seconds that a client is told to wait
}

type acmeOrder struct {
	names []string
	valid []bool // one for each name
	chain []byte
}

func startACME(a *authority, t *tailnet) (*acme, error) {
	server := &acme{authority: a, tailnet: t}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /directory", server.directory)
	mux.HandleFunc("/nonce", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("POST /account", server.account)
	mux.HandleFunc("POST /order", server.newOrder)
	mux.HandleFunc("POST /order/{order}", server.order)
	mux.HandleFunc("POST /order/{order}/finalize", server.finalize)
	mux.HandleFunc("POST /authz/{order}/{name}", server.authorization)
	mux.HandleFunc("POST /challenge/{order}/{name}", server.challenge)
	mux.HandleFunc("POST /cert/{order}", server.certificate)
	url, err := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Replay-Nonce", fmt.Sprintf("nonce-%d", time.Now().UnixNano()))
		if mode := server.behaviour(); mode.Mode == "down" {
			w.Header().Set("Retry-After", strconv.Itoa(mode.RetryAfter))
			problem(w, http.StatusServiceUnavailable, "serverInternal", "The service is down for maintenance")
			return
		}
		mux.ServeHTTP(w, r)
	}))
	server.url = url
	return server, err
}

func (s *acme) behaviour() acmeMode {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mode
}

func (s *acme) behave(mode acmeMode) error {
	switch mode.Mode {
	case "ok", "refused", "rate_limited", "down":
	default:
		return fmt.Errorf("%q is not ok, refused, rate_limited or down", mode.Mode)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode = mode
	return nil
}

func (s *acme) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issued
}

func (s *acme) directory(w http.ResponseWriter, r *http.Request) {
	answer(w, http.StatusOK, map[string]string{
		"newNonce":   s.url + "/nonce",
		"newAccount": s.url + "/account",
		"newOrder":   s.url + "/order",
		"revokeCert": s.url + "/revoke",
	})
}

func (s *acme) account(w http.ResponseWriter, r *http.Request) {
	var request struct {
		OnlyReturnExisting bool `json:"onlyReturnExisting"`
	}
	if !payload(w, r, &request) {
		return
	}
	if request.OnlyReturnExisting {
		problem(w, http.StatusBadRequest, "accountDoesNotExist", "no account yet")
		return
	}
	w.Header().Set("Location", s.url+"/account/1")
	answer(w, http.StatusCreated, map[string]string{"status": "valid"})
}

func (s *acme) newOrder(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Identifiers []struct {
			Value string `json:"value"`
		} `json:"identifiers"`
	}
	if !payload(w, r, &request) {
		return
	}
	switch mode := s.behaviour(); mode.Mode {
	case "refused":
		problem(w, http.StatusForbidden, "rejectedIdentifier", "The server will not issue certificates for the identifier")
		return
	case "rate_limited":
		w.Header().Set("Retry-After", strconv.Itoa(mode.RetryAfter))
		problem(w, http.StatusTooManyRequests, "rateLimited",
			"too many certificates (5) already issued for this exact set of domains in the last 168h0m0s")
		return
	}
	order := &acmeOrder{}
	for _, identifier := range request.Identifiers {
		order.names = append(order.names, identifier.Value)
		order.valid = append(order.valid, false)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders = append(s.orders, order)
	s.answerOrder(w, http.StatusCreated, len(s.orders)-1)
}

// pick finds the order, and the name in it, that a path speaks of. s.mu must be held.
func (s *acme) pick(w http.ResponseWriter, r *http.Request) (id, name int, order *acmeOrder) {
	id, err := strconv.Atoi(r.PathValue("order"))
	if err != nil || id < 0 || id >= len(s.orders) {
		problem(w, http.StatusNotFound, "malformed", "no such order")
		return 0, 0, nil
	}
	order = s.orders[id]
	if text := r.PathValue("name"); text != "" {
		name, err = strconv.Atoi(text)
		if err != nil || name < 0 || name >= len(order.names) {
			problem(w, http.StatusNotFound, "malformed", "no such name")
			return 0, 0, nil
		}
	}
	return id, name, order
}

// answerOrder describes an order. s.mu must be held.
func (s *acme) answerOrder(w http.ResponseWriter, status, id int) {
	order := s.orders[id]
	here := fmt.Sprintf("%s/order/%d", s.url, id)
	body := map[string]any{"status": "ready", "finalize": here + "/finalize"}
	var identifiers []map[string]string
	var authorizations []string
	for i, name := range order.names {
		identifiers = append(identifiers, map[string]string{"type": "dns", "value": name})
		authorizations = append(authorizations, fmt.Sprintf("%s/authz/%d/%d", s.url, id, i))
		if !order.valid[i] {
			body["status"] = "pending"
		}
	}
	body["identifiers"], body["authorizations"] = identifiers, authorizations
	if order.chain != nil {
		body["status"], body["certificate"] = "valid", fmt.Sprintf("%s/cert/%d", s.url, id)
	}
	w.Header().Set("Location", here)
	answer(w, status, body)
}

func (s *acme) order(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, _, order := s.pick(w, r); order != nil {
		s.answerOrder(w, http.StatusOK, id)
	}
}

func (s *acme) challengeOf(id, name int, valid bool) map[string]string {
	status := "pending"
	if valid {
		status = "valid"
	}
	return map[string]string{
		"type":   "dns-01",
		"url":    fmt.Sprintf("%s/challenge/%d/%d", s.url, id, name),
		"token":  fmt.Sprintf("token-%d-%d", id, name),
		"status": status,
	}
}

func (s *acme) authorization(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, name, order := s.pick(w, r)
	if order == nil {
		return
	}
	challenge := s.challengeOf(id, name, order.valid[name])
	answer(w, http.StatusOK, map[string]any{
		"status":     challenge["status"],
		"identifier": map[string]string{"type": "dns", "value": order.names[name]},
		"challenges": []any{challenge},
	})
}

func (s *acme) challenge(w http.ResponseWriter, r *http.Request) {
	select {
	case <-time.After(time.Duration(s.behaviour().DelayMS) * time.Millisecond):
	case <-r.Context().Done():
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, name, order := s.pick(w, r)
	if order == nil {
		return
	}
	if s.tailnet.lookupTXT("_acme-challenge."+order.names[name]) == "" {
		problem(w, http.StatusForbidden, "dns", "no TXT record found for _acme-challenge."+order.names[name])
		return
	}
	order.valid[name] = true
	answer(w, http.StatusOK, s.challengeOf(id, name, true))
}

func (s *acme) finalize(w http.ResponseWriter, r *http.Request) {
	var request struct {
		CSR string `json:"csr"`
	}
	if !payload(w, r, &request) {
		return
	}
	der, err := base64.RawURLEncoding.DecodeString(request.CSR)
	var csr *x509.CertificateRequest
	if err == nil {
		csr, err = x509.ParseCertificateRequest(der)
	}
	if err != nil || csr.CheckSignature() != nil {
		problem(w, http.StatusBadRequest, "badCSR", "the request for a certificate can't be read")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, _, order := s.pick(w, r)
	if order == nil {
		return
	}
	for _, valid := range order.valid {
		if !valid {
			problem(w, http.StatusForbidden, "orderNotReady", "the order is pending")
			return
		}
	}
	if order.chain, err = s.authority.sign(csr.PublicKey, order.names, 90); err != nil {
		problem(w, http.StatusInternalServerError, "serverInternal", err.Error())
		return
	}
	s.issued++
	s.answerOrder(w, http.StatusOK, id)
}

func (s *acme) certificate(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, _, order := s.pick(w, r); order != nil {
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		w.Write(order.chain)
	}
}

// payload reads what is inside a signed request.
func payload(w http.ResponseWriter, r *http.Request, v any) bool {
	var envelope struct {
		Payload string `json:"payload"`
	}
	err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&envelope)
	if err == nil {
		var text []byte
		if text, err = base64.RawURLEncoding.DecodeString(envelope.Payload); err == nil {
			err = json.Unmarshal(text, v)
		}
	}
	if err != nil {
		problem(w, http.StatusBadRequest, "malformed", errors.Join(errors.New("unreadable request"), err).Error())
	}
	return err == nil
}

func problem(w http.ResponseWriter, status int, kind, detail string) {
	answer(w, status, map[string]any{
		"type": "urn:ietf:params:acme:error:" + kind, "detail": detail, "status": status,
	})
}
