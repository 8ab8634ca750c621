package group

import "context"

// Record is a committed entry of the log.
type Record struct {
	Index uint64
	Data  []byte
}

// Meta is what raft has to know about a snapshot to go on behind it.
type Meta struct {
	Index, Term uint64
	// Configuration is the members of the group, encoded, as of ConfigurationIndex.
	Configuration      []byte
	ConfigurationIndex uint64
}

// Machine is the state that a group replicates. Apply and Freeze are called by
// one goroutine.
type Machine interface {
	// Applied is the index of the newest entry in the state. Entries up to it
	// are never given to Apply again.
	Applied() uint64
	// Apply takes committed entries in order, without gaps but for entries of
	// raft's own. It returns one result an entry. When it returns, readers see
	// what the entries did. An error means that the state can't go on: the group
	// ends for good. Apply must not keep the records' bytes.
	Apply(records []Record) ([]any, error)
	// Freeze pins the state as it is now. It does no I/O.
	Freeze() (Snapshot, error)
	// Stored is the Meta of the newest snapshot on disk; ok is false when there
	// is none.
	Stored() (meta Meta, ok bool)
}

// Snapshot is a pinned state.
type Snapshot interface {
	// Persist makes the state durable together with meta. It runs beside Apply.
	// After an error the last snapshot is still there.
	Persist(ctx context.Context, meta Meta) error
	// Release is called once, after Persist or in its place.
	Release()
}
