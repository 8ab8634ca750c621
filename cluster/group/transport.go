package group

import "github.com/hashicorp/raft"

// Transport carries raft's messages between the members of a group.
type Transport interface {
	raft.Transport
	raft.WithPreVote
	raft.WithClose
}

// mainLoop sends heartbeats through raft's main loop, where all other messages
// go: the fast path beside it can break safety (hashicorp/raft issue 695).
type mainLoop struct{ Transport }

// SetHeartbeatHandler implements raft.Transport by ignoring the fast path.
func (mainLoop) SetHeartbeatHandler(func(raft.RPC)) {}

// inMemory is the transport of a group of one member.
func inMemory(id string) func() (Transport, error) {
	return func() (Transport, error) {
		_, t := raft.NewInmemTransport(raft.ServerAddress(id))
		return t, nil
	}
}
