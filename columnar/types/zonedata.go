package types

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the zones
	"encoding/binary"
	"io"
	"sync"
)

// packedZones holds the files of the zone database: name and content of each,
// with their lengths before them.
//
//go:generate go run ./zonegen
//go:embed zones.gz
var packedZones []byte

// zoneFiles unpacks the database when a zone other than UTC is first asked for.
var zoneFiles = sync.OnceValue(func() map[string][]byte {
	files := map[string][]byte{}
	z, err := gzip.NewReader(bytes.NewReader(packedZones))
	if err != nil {
		return files
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return files
	}
	next := func() []byte {
		n, skip := binary.Uvarint(data)
		part := data[skip:][:n]
		data = data[skip:][n:]
		return part
	}
	for len(data) > 0 {
		name := string(next())
		files[name] = next()
	}
	return files
})
