// SPDX-License-Identifier: MIT

// Program labcontrol is the other side of a tailnet, on loopback: a control
// server, a relay (DERP), a STUN server, a certificate authority that speaks
// ACME, and the public entrance of Funnel. It prints one line of JSON with its
// addresses when everything is ready, and ends when its standard input closes.
//
// "labcontrol guard PROGRAM ARGS..." starts a program and ends it when standard
// input closes, so that nothing outlives the test that started it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const loopback = "127.0.0.1"

// ready is the line printed on standard output.
type ready struct {
	Control string            `json:"control"` // login server
	Admin   string            `json:"admin"`   // the tests' own interface
	ACME    string            `json:"acme"`    // ACME directory
	Trap    string            `json:"trap"`    // proxy that records and refuses
	CAFile  string            `json:"ca_file"` // root of every certificate made here
	Ingress map[string]string `json:"ingress"` // Funnel port -> loopback address
}

func main() {
	log.SetFlags(log.Ltime | log.Lmicroseconds)
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		os.Exit(guard(os.Args[2:]))
	}
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("labcontrol", flag.ExitOnError)
	dir := flags.String("dir", "", "folder for the root certificate and the state of the entrance (required)")
	domain := flags.String("domain", "lab.ts.net", "MagicDNS domain")
	capabilities := flags.String("caps", "all", "capabilities a node starts with: none, https, funnel, all, or a list")
	auth := flags.Bool("require-auth", false, "a new node must visit its sign-in link")
	approval := flags.Bool("require-approval", false, "a new node must be approved")
	magicDNS := flags.Bool("magicdns", true, "MagicDNS is on")
	source := flags.String("ingress-src", "203.0.113.9:4711", "address the public visitors come from")
	flags.Parse(args)
	if *dir == "" || flags.NArg() > 0 {
		return fmt.Errorf("usage: labcontrol -dir FOLDER [flags], see -help")
	}
	if err := os.MkdirAll(*dir, 0o700); err != nil {
		return err
	}
	initial, err := expandCaps(strings.Split(*capabilities, ","))
	if err != nil {
		return err
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() { // the parent is gone, or says that it is enough
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()

	trap, err := newTrap()
	if err != nil {
		return err
	}
	authority, err := newAuthority(filepath.Join(*dir, "ca.pem"))
	if err != nil {
		return err
	}
	tailnet, err := startTailnet(options{
		domain:   *domain,
		caps:     initial,
		auth:     *auth,
		approval: *approval,
		magicDNS: *magicDNS,
	})
	if err != nil {
		return err
	}
	acme, err := startACME(authority, tailnet)
	if err != nil {
		return err
	}
	entrance, err := startEntrance(ctx, tailnet, filepath.Join(*dir, "entrance"), *source)
	if err != nil {
		return err
	}
	defer entrance.close()
	adminURL, err := startAdmin(&admin{tailnet: tailnet, authority: authority, acme: acme, entrance: entrance, trap: trap})
	if err != nil {
		return err
	}

	line, err := json.Marshal(ready{
		Control: tailnet.url,
		Admin:   adminURL,
		ACME:    acme.url + "/directory",
		Trap:    trap.url,
		CAFile:  authority.file,
		Ingress: entrance.addresses,
	})
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	<-ctx.Done()
	return nil
}

// serve starts an HTTP server on a free loopback port and returns its URL.
func serve(handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 30 * time.Second}
	go func() { log.Print(server.Serve(listener)) }()
	return "http://" + listener.Addr().String(), nil
}
