package types

import (
	"sync"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// Zone is a named time zone of the embedded database.
type Zone struct {
	name string
	loc  *time.Location
}

// UTC is the zone of servers that were not told another one.
var UTC = &Zone{name: "UTC", loc: time.UTC}

// zones holds each zone once, so that types of equal zones share it.
var zones sync.Map // string -> *Zone

// LoadZone finds a zone by its name in the embedded database.
func LoadZone(name string) (*Zone, error) {
	if name == "UTC" {
		return UTC, nil
	}
	if z, ok := zones.Load(name); ok {
		return z.(*Zone), nil
	}
	data, ok := zoneFiles()[name]
	if !ok {
		return nil, chcode.Errorf(chcode.BadArguments, "Cannot load time zone %s", name)
	}
	// R6: zones must not depend on the machine, as those of time.LoadLocation do.
	loc, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, chcode.Errorf(chcode.BadArguments, "Cannot load time zone %s: %w", name, err)
	}
	z, _ := zones.LoadOrStore(name, &Zone{name: name, loc: loc})
	return z.(*Zone), nil
}

// Name is the name that the zone was loaded by.
func (z *Zone) Name() string { return z.name }

// Location is the zone for the standard library.
func (z *Zone) Location() *time.Location { return z.loc }

// Offset is the zone's offset from UTC in seconds at a Unix time.
func (z *Zone) Offset(unix int64) int {
	if z.loc == time.UTC {
		return 0
	}
	_, off := time.Unix(unix, 0).In(z.loc).Zone()
	return off
}
