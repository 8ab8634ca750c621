package store

import (
	"errors"
	"fmt"

	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/index/symbol"
)

// dictionaryLog is the file of a dictionary.
type dictionaryLog struct {
	file   vfs.File
	writer *symbol.Writer  // nil after an error: to be made anew at floor
	floor  symbol.Position // a manifest may name what is before it
}

// openLog opens a dictionary's file, or creates it.
func (l layout) openLog(k dictionaryKey) (vfs.File, error) {
	f, err := l.fs.OpenReadWrite(l.dictionary(k))
	if err != nil {
		return nil, fmt.Errorf("open dictionary %s: %w", k.file(), err)
	}
	return f, nil
}

// append makes the values of a view durable and tells how long the log is.
// After an error what the file holds behind the floor is unknown: the next call
// writes it again.
func (d *dictionaryLog) append(v symbol.View) (pos symbol.Position, err error) {
	if d.writer == nil {
		if d.writer, err = symbol.NewWriter(d.file, d.floor); err != nil {
			return d.floor, err
		}
	}
	if v.Len() == d.floor.Values {
		return d.floor, nil // Fast path: nothing new.
	}
	if pos, err = d.writer.Append(v); err == nil {
		err = d.writer.Sync()
	}
	if err != nil {
		d.writer = nil
		return d.floor, err
	}
	return pos, nil
}

func (d *dictionaryLog) close() error { return d.file.Close() }

// appendDictionaries makes the dictionaries of a flush durable.
func (s *Store) appendDictionaries(list []frozenDictionary) ([]manifest.Dictionary, error) {
	var out []manifest.Dictionary
	for _, f := range list {
		l := s.logs[f.key]
		if l == nil {
			file, err := s.openLog(f.key)
			if err != nil {
				return nil, err
			}
			l = &dictionaryLog{file: file}
			s.logs[f.key] = l
			s.newLogs = true
		}
		pos, err := l.append(f.view)
		if err != nil {
			return nil, fmt.Errorf("write dictionary %s: %w", f.key.file(), err)
		}
		out = append(out, manifest.Dictionary{
			Table: f.key.table, Column: f.key.column, Entries: pos.Values, Bytes: pos.Bytes, Plain: f.plain,
		})
	}
	if !s.newLogs {
		return out, nil
	}
	// Those that a flush which failed half-way made are among them.
	if err := s.fs.SyncDir(s.dictionaries()); err != nil {
		return nil, fmt.Errorf("write dictionaries: %w", err)
	}
	s.newLogs = false
	return out, nil
}

// settleLogs notes which lengths a manifest names that was written, or may have
// been; with isDurable, files of dictionaries that it does not name are removed.
func (s *Store) settleLogs(m *manifest.Manifest, isDurable bool) error {
	named := map[dictionaryKey]bool{}
	for _, d := range m.Dictionaries {
		k := dictionaryKey{d.Table, d.Column}
		named[k] = true
		if l := s.logs[k]; l != nil {
			l.floor = symbol.Position{Values: d.Entries, Bytes: d.Bytes}
		}
	}
	if !isDurable {
		return nil
	}
	var errs []error
	for k, l := range s.logs {
		if !named[k] {
			delete(s.logs, k)
			errs = append(errs, l.close(), s.fs.Remove(s.dictionary(k)))
		}
	}
	return errors.Join(errs...)
}
