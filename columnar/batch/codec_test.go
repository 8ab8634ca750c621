package batch_test

import (
	"bytes"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// TestLittleEndian pins the assumption of the encoding.
func TestLittleEndian(t *testing.T) {
	x := uint16(1)
	if *(*byte)(unsafe.Pointer(&x)) != 1 {
		t.Fatal("this machine is big-endian: the column encoding would be wrong")
	}
}

func drawType(t *rapid.T, depth int) types.Type {
	kinds := []string{
		"Bool", "Int8", "UInt16", "Int32", "UInt64", "Float32", "Float64", "Decimal(10, 2)", "Decimal(38, 5)",
		"String", "FixedString(3)", "Date", "DateTime('UTC')", "DateTime64(3)", "UUID", "IPv4", "IPv6",
		"Enum8('a' = 1, 'b' = 2)", "Nullable(String)", "Nullable(Int64)", "Nullable(UUID)",
	}
	ty := types.MustParse(rapid.SampledFrom(kinds).Draw(t, "type"))
	if depth < 2 && rapid.IntRange(0, 4).Draw(t, "nest") == 0 {
		return types.ArrayOf(drawType(t, depth+1))
	}
	return ty
}

func drawRow(t *rapid.T, b *batch.Builder) {
	if b.Type.Nullable && rapid.Bool().Draw(t, "null") {
		b.AppendNull()
		return
	}
	n := rapid.Int64().Draw(t, "n")
	switch b.Type.Phys() {
	case types.PhysU8:
		b.U8 = append(b.U8, uint8(n))
	case types.PhysI8:
		b.I8 = append(b.I8, int8(n))
	case types.PhysU16:
		b.U16 = append(b.U16, uint16(n))
	case types.PhysI32:
		b.I32 = append(b.I32, int32(n))
	case types.PhysU32:
		b.U32 = append(b.U32, uint32(n))
	case types.PhysU64:
		b.U64 = append(b.U64, uint64(n))
	case types.PhysI64:
		b.I64 = append(b.I64, n)
	case types.PhysF32:
		b.F32 = append(b.F32, float32(n))
	case types.PhysF64:
		b.F64 = append(b.F64, float64(n))
	case types.PhysI128:
		b.I128 = append(b.I128, types.Int128{Lo: uint64(n), Hi: n >> 3})
	case types.PhysB16:
		b.B16 = append(b.B16, types.Bytes16{byte(n), 15: byte(n >> 8)})
	case types.PhysStrings:
		s := rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "s")
		if b.Type.Kind == types.FixedString {
			s = append(s, 0, 0, 0)[:3]
		}
		b.Str.Append(s)
	case types.PhysLists:
		for range rapid.IntRange(0, 3).Draw(t, "len") {
			drawRow(t, b.Elems[0])
		}
		b.EndList()
	default:
		t.Fatalf("no generator for %s", b.Type)
	}
	b.NotNull()
}

func drawVector(t *rapid.T) *batch.Vector {
	b := batch.NewBuilder(drawType(t, 0), 4)
	for range rapid.IntRange(0, 20).Draw(t, "rows") {
		drawRow(t, b)
	}
	return b.Finish()
}

// same compares by encoding, which is canonical for equal values.
func same(a, b *batch.Vector) bool {
	return a.Len == b.Len && bytes.Equal(a.Expand().Encode(nil), b.Expand().Encode(nil))
}

func TestCodecRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVector(t)
		got, rest, err := batch.Decode(v.Type, v.Len, append(v.Encode(nil), 7))
		if err != nil || len(rest) != 1 || !same(v, got) {
			t.Fatalf("round trip of %s: %v, rest %d", v.Type, err, len(rest))
		}
	})
}

func TestSliceGatherConcat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVector(t)
		cut := rapid.IntRange(0, v.Len).Draw(t, "cut")
		joined := batch.Concat(v.Type, []*batch.Vector{v.Slice(0, cut), v.Slice(cut, v.Len)})
		if !same(v, joined) {
			t.Fatalf("slice and concat of %s differ", v.Type)
		}
		sel := make([]uint32, v.Len)
		for i := range sel {
			sel[i] = uint32(v.Len - 1 - i)
		}
		if !same(v, v.Gather(sel).Gather(sel)) {
			t.Fatalf("reversing %s twice differs", v.Type)
		}
		copied := batch.NewBuilder(v.Type, 0)
		copied.AppendVector(v)
		if !same(v, copied.Finish()) {
			t.Fatalf("copy of %s differs", v.Type)
		}
	})
}

func TestTruncate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVector(t)
		b := batch.NewBuilder(v.Type, 0)
		b.AppendVector(v)
		n := rapid.IntRange(0, v.Len).Draw(t, "n")
		b.Truncate(n)
		b.AppendVector(v.Slice(n, v.Len))
		if !same(v, b.Finish()) {
			t.Fatalf("truncate to %d of %s and append again differs", n, v.Type)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"Array(Nullable(String))", "Nullable(Int64)", "FixedString(3)"} {
		b := batch.NewBuilder(types.MustParse(name), 0)
		b.AppendDefault()
		f.Add(name, uint16(1), b.Finish().Encode(nil))
	}
	f.Fuzz(func(t *testing.T, name string, rows uint16, src []byte) {
		ty, err := types.Parse(name)
		if err != nil || ty.Width > 1<<16 {
			t.Skip("not a type")
		}
		v, rest, err := batch.Decode(ty, int(rows), src)
		if err != nil {
			return
		}
		again, _, err := batch.Decode(ty, v.Len, v.Encode(nil))
		if err != nil || !same(v, again) || len(rest) > len(src) {
			t.Fatalf("decoded column does not round trip: %v", err)
		}
	})
}
