// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// guard runs a program, ends it when standard input closes, and returns its
// exit code. A first, polite request is followed by a kill.
func guard(args []string) int {
	if len(args) == 0 {
		log.Print("usage: labcontrol guard PROGRAM ARGS...")
		return 2
	}
	program := exec.Command(args[0], args[1:]...)
	program.Stdout, program.Stderr = os.Stdout, os.Stderr
	if err := program.Start(); err != nil {
		log.Print(err)
		return 127
	}
	over := make(chan struct{})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	closed := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(closed)
	}()
	go func() {
		select {
		case <-over:
			return
		case <-signals:
		case <-closed:
		}
		program.Process.Signal(syscall.SIGTERM)
		select {
		case <-over:
		case <-time.After(5 * time.Second):
			program.Process.Kill()
		}
	}()
	err := program.Wait()
	close(over)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode()
	default:
		return 128
	}
}
