package system

import (
	"time"

	"github.com/freshetdb/freshet/columnar/table"
)

func unix(seconds int64) time.Time { return time.Unix(seconds, 0) }

// nameOf finds a table's names by id; a table that was just dropped has none.
func nameOf(c *table.Catalog, id uint64) (database, name string) {
	if d := c.ByID(id); d != nil {
		return d.Database, d.Name
	}
	return "", ""
}

// parts shows segments as people know MergeTree's parts.
func parts() Table {
	return Table{
		Name: "parts",
		Fields: fields("partition", "String", "name", "String", "active", "UInt8", "rows", "UInt64",
			"bytes_on_disk", "UInt64", "data_compressed_bytes", "UInt64", "level", "UInt32",
			"partition_id", "String", "min_block_number", "Int64", "max_block_number", "Int64",
			"database", "String", "table", "String", "shard", "UInt32", "in_memory", "UInt8"),
		Fill: func(s Server, r *Rows) error {
			segs, err := s.Segments()
			if err != nil {
				return err
			}
			for _, g := range segs {
				database, name := nameOf(s.Catalog(), g.Table)
				r.Add(g.Partition, g.Name, g.Active, g.Rows, g.Bytes, g.Bytes, g.Level, g.Partition,
					int64(g.FirstIndex), int64(g.LastIndex), database, name, g.Shard, g.InMemory)
			}
			return nil
		},
	}
}

func segments() Table {
	return Table{
		Name: "segments",
		Fields: fields("database", "String", "table", "String", "shard", "UInt32", "name", "String",
			"partition", "String", "rows", "UInt64", "bytes", "UInt64", "level", "UInt32",
			"first_index", "UInt64", "last_index", "UInt64", "state", "String"),
		Fill: func(s Server, r *Rows) error {
			segs, err := s.Segments()
			if err != nil {
				return err
			}
			for _, g := range segs {
				state := "live"
				switch {
				case g.InMemory:
					state = "memory"
				case !g.Active:
					state = "detached"
				}
				database, name := nameOf(s.Catalog(), g.Table)
				r.Add(database, name, g.Shard, g.Name, g.Partition, g.Rows, g.Bytes, g.Level, g.FirstIndex, g.LastIndex, state)
			}
			return nil
		},
	}
}
