package types

import (
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// readAndPrint reads text as a value of t and prints it.
func readAndPrint(t Type, text []byte) (out []byte, err error) {
	zone := t.Zone
	if zone == nil {
		zone = UTC
	}
	r := &TimeReader{Zone: zone, Now: 1_700_000_000}
	switch t.Kind {
	case Bool:
		v, err := ParseBool(text)
		return AppendBool(nil, v), err
	case Int8, Int16, Int32, Int64:
		v, err := ParseInt(text, t.Size()*8)
		if errors.Is(err, FaultRange) {
			err = nil // a cast wraps around
		}
		return strconv.AppendInt(nil, v, 10), err
	case UInt8, UInt16, UInt32, UInt64:
		v, err := ParseUint(text, t.Size()*8)
		if errors.Is(err, FaultRange) {
			err = nil
		}
		return strconv.AppendUint(nil, v, 10), err
	case Float64:
		v, err := ParseFloat64(text)
		return AppendFloat64(nil, v), err
	case Float32:
		v, err := ParseFloat32(text)
		return AppendFloat32(nil, v), err
	case Decimal:
		if t.Phys() == PhysI64 {
			v, err := ParseDecimal64(text, int(t.Precision), int(t.Scale))
			return AppendDecimal64(nil, v, int(t.Scale)), err
		}
		v, err := ParseDecimal128(text, int(t.Precision), int(t.Scale))
		return AppendDecimal128(nil, v, int(t.Scale)), err
	case Date:
		v, err := ParseDate(text)
		return AppendDate(nil, int64(v)), err
	case Date32:
		v, err := ParseDate32(text)
		return AppendDate(nil, int64(v)), err
	case DateTime:
		v, err := r.DateTime(text)
		return AppendDateTime(nil, v, zone, nil), err
	case DateTime64:
		v, err := r.DateTime64(text, int(t.Scale))
		return AppendDateTime64(nil, v, int(t.Scale), zone, nil), err
	case UUID:
		v, err := ParseUUID(text)
		return AppendUUID(nil, v), err
	case IPv4:
		v, err := ParseIPv4(text)
		return AppendIPv4(nil, v), err
	case IPv6:
		v, err := ParseIPv6(text)
		return AppendIPv6(nil, v), err
	case Enum8, Enum16:
		v, err := ParseEnum(text, t.Enum)
		name, _ := t.Enum.Name(v)
		return []byte(name), err
	default:
		panic(t.String())
	}
}

func TestTextsAsClickHouse(t *testing.T) {
	data, err := os.ReadFile("testdata/text.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	if len(lines) < 300 {
		t.Fatalf("only %d texts", len(lines))
	}
	for _, line := range lines {
		f := strings.Split(line, "\t")
		typ := MustParse(f[0])
		out, err := readAndPrint(typ, []byte(f[1]))
		got := string(out)
		if err != nil {
			got = "error " + strconv.Itoa(int(chcode.Of(TextError(err, []byte(f[1]), typ))))
		}
		if got != f[2] {
			t.Errorf("%s from %q: got %s, ClickHouse %s", f[0], f[1], got, f[2])
		}
	}
}

func TestCivilDaysAndBack(t *testing.T) {
	for d := int64(-719_000); d < 2_932_000; d += 13 {
		y, m, day := CivilFromDays(d)
		if back := DaysFromCivil(y, m, day); back != d {
			t.Fatalf("day %d is %d-%d-%d, which is day %d", d, y, m, day, back)
		}
		if d%101 == 0 {
			want := time.Unix(d*86400, 0).UTC().Format(time.DateOnly)
			if got := string(AppendDate(nil, d)); got != want {
				t.Fatalf("day %d: got %s, want %s", d, got, want)
			}
		}
	}
}

func TestClockEqualsTime(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Shanghai"} {
		z, err := LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		c := z.Clock()
		for range 20_000 {
			u := rng.Int64N(8_000_000_000) - 2_500_000_000
			_, off := time.Unix(u, 0).In(z.Location()).Zone()
			if got := c.Offset(u); got != int64(off) {
				t.Fatalf("%s at %d: offset %d, want %d", name, u, got, off)
			}
			// Back again: the same second, or the earlier of two that look alike.
			back := c.Unix(c.Local(u))
			if back > u || c.Local(back) != c.Local(u) {
				t.Fatalf("%s at %d: back to %d", name, u, back)
			}
		}
	}
}

func FuzzTimeReader(f *testing.F) {
	for _, s := range []string{"2024-01-05 10:11:12", "Fri, 05 Jan 2024 10:11:12 GMT", "1700000000.5", "5/1/24"} {
		f.Add(s)
	}
	r := &TimeReader{Zone: UTC}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := r.DateTime64([]byte(s), 3)
		if err != nil || v < -62135596800000 || v > 253402300799999 {
			return
		}
		again, err := r.DateTime64(AppendDateTime64(nil, v, 3, UTC, nil), 3)
		if err != nil || again != v {
			t.Fatalf("%q is %d, printed and read again %d, %v", s, v, again, err)
		}
	})
}
