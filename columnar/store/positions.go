package store

import (
	"encoding/binary"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/entry"
)

// PositionError says that an entry does not follow what the shard has of a
// source: it leaves out something, or repeats a part of what is there. The reader
// goes on from Have.
type PositionError struct {
	Source, Key string
	Have        uint64 // next position that is missing
	From, Next  uint64 // of the entry
}

// Error names the source.
func (e *PositionError) Error() string {
	return fmt.Sprintf("entry covers [%d, %d) of source %s %s, the shard wants %d", e.From, e.Next, e.Source, e.Key, e.Have)
}

// positionKey names a part of a source.
type positionKey struct{ source, key string }

// positions has the next position of every part of every source (R8).
type positions map[positionKey]uint64

// cover tells whether the shard has all of the ranges already. When it has none
// of them they must begin where it ends; the first range of a part may begin
// anywhere.
func (p positions) cover(ranges []entry.Position) (covered bool, err error) {
	had := 0
	for _, r := range ranges {
		have, known := p[positionKey{r.Source, r.Key}]
		if known && r.Next <= have {
			had++
			continue
		}
		if known && r.From != have {
			return false, &PositionError{Source: r.Source, Key: r.Key, Have: have, From: r.From, Next: r.Next}
		}
	}
	if had > 0 && had < len(ranges) {
		r := ranges[0]
		return false, &PositionError{Source: r.Source, Key: r.Key, Have: p[positionKey{r.Source, r.Key}], From: r.From, Next: r.Next}
	}
	return had > 0, nil
}

func (p positions) advance(ranges []entry.Position) {
	for _, r := range ranges {
		k := positionKey{r.Source, r.Key}
		p[k] = max(p[k], r.Next)
	}
}

// forget drops parts of sources that are gone.
func (p positions) forget(parts []entry.Position) {
	for _, r := range parts {
		delete(p, positionKey{r.Source, r.Key})
	}
}

// forgetTable drops the sources of a table, whose names are their kind and the
// table's UUID: no other table has it.
func (p positions) forgetTable(uuid string) {
	if uuid == "" {
		return
	}
	maps.DeleteFunc(p, func(k positionKey, _ uint64) bool { return strings.HasSuffix(k.source, ":"+uuid) })
}

// encode gives the positions as the manifest holds them. Names are quoted: JSON
// would change what is not UTF-8.
func (p positions) encode() map[string][]byte {
	out := make(map[string][]byte, len(p))
	for k, next := range p {
		name := strconv.QuoteToASCII(k.source) + " " + strconv.QuoteToASCII(k.key)
		out[name] = binary.AppendUvarint(nil, next)
	}
	return out
}

func decodePositions(m map[string][]byte) (positions, error) {
	out := positions{}
	for name, b := range m {
		source, err := strconv.QuotedPrefix(name)
		if err != nil {
			return nil, fmt.Errorf("position of %s: %w", name, err)
		}
		var k positionKey
		key := strings.TrimPrefix(name[len(source):], " ")
		if k.source, err = strconv.Unquote(source); err != nil {
			return nil, fmt.Errorf("position of %s: %w", name, err)
		}
		if k.key, err = strconv.Unquote(key); err != nil {
			return nil, fmt.Errorf("position of %s: %w", name, err)
		}
		next, n := binary.Uvarint(b)
		if n != len(b) || n == 0 {
			return nil, fmt.Errorf("position of %s is malformed", name)
		}
		out[k] = next
	}
	return out, nil
}
