package group

import (
	"io"
	"strconv"

	"github.com/hashicorp/raft"
)

// snapshots shows raft the machine's own snapshot. There is one: the machine
// replaces it whole, and recovers from it by itself, so nothing is copied.
type snapshots struct{ machine Machine }

var _ raft.SnapshotStore = (*snapshots)(nil)

// Create implements raft.SnapshotStore: the sink carries the metadata to
// Persist and takes no bytes.
func (s *snapshots) Create(_ raft.SnapshotVersion, index, term uint64, members raft.Configuration,
	membersIndex uint64, _ raft.Transport,
) (raft.SnapshotSink, error) {
	return &sink{meta: Meta{
		Index: index, Term: term,
		Configuration: raft.EncodeConfiguration(members), ConfigurationIndex: membersIndex,
	}}, nil
}

// List implements raft.SnapshotStore.
func (s *snapshots) List() ([]*raft.SnapshotMeta, error) {
	m, ok := s.machine.Stored()
	if !ok {
		return nil, nil
	}
	return []*raft.SnapshotMeta{{
		Version: raft.SnapshotVersionMax, ID: snapshotID(m), Index: m.Index, Term: m.Term,
		Configuration: raft.DecodeConfiguration(m.Configuration), ConfigurationIndex: m.ConfigurationIndex,
	}}, nil
}

// Open implements raft.SnapshotStore.
func (s *snapshots) Open(string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	return nil, nil, ErrNoTransfer
}

func snapshotID(m Meta) string {
	return strconv.FormatUint(m.Term, 10) + "-" + strconv.FormatUint(m.Index, 10)
}

type sink struct{ meta Meta }

// Write implements io.Writer. Only the stream of another node would come here.
func (*sink) Write([]byte) (int, error) { return 0, ErrNoTransfer }

// Close implements io.Closer.
func (*sink) Close() error { return nil }

// ID implements raft.SnapshotSink.
func (s *sink) ID() string { return snapshotID(s.meta) }

// Cancel implements raft.SnapshotSink.
func (*sink) Cancel() error { return nil }
