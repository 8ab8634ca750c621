package kernel

import (
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/roofline"
)

const benchRows = 8192

// loop is one loop over a granule: what it does, and the bytes that it reads and writes for a row.
type loop struct {
	name        string
	read, write int
	run         func()
}

// bench runs loops that take rows one by one.
func bench(b *testing.B, loops []loop) {
	for _, l := range loops {
		b.Run(l.name, func(b *testing.B) {
			for b.Loop() {
				l.run()
			}
			roofline.Report(b, roofline.Work{Rows: benchRows, Read: benchRows * l.read, Write: benchRows * l.write, Steps: benchRows})
		})
	}
}

// numbers is random values from 1 to 100.
func numbers[T Num](seed uint64) []T {
	r := rand.New(rand.NewPCG(seed, 2))
	out := make([]T, benchRows)
	for i := range out {
		out[i] = T(1 + r.IntN(100))
	}
	return out
}

// flags is 0 or 1, in no order.
func flags(seed uint64) []uint8 {
	out := numbers[uint8](seed)
	for i := range out {
		out[i] &= 1
	}
	return out
}

func nulls(seed uint64) []bool {
	out := make([]bool, benchRows)
	for i, x := range numbers[uint8](seed) {
		out[i] = x <= 10
	}
	return out
}

// seconds is times of some months, in order, as those of a table are.
func seconds() []uint32 {
	out := make([]uint32, benchRows)
	for i := range out {
		out[i] = 1_700_000_000 + uint32(i)*1009
	}
	return out
}

func BenchmarkArith(b *testing.B) {
	x, y, dst := numbers[int64](1), numbers[int64](2), make([]int64, benchRows)
	xs, ys, small := numbers[uint8](1), numbers[uint8](2), make([]uint8, benchRows)
	xf, yf, float := numbers[float64](1), numbers[float64](2), make([]float64, benchRows)
	bench(b, []loop{
		{"Add", 16, 8, func() { Add(dst, x, y) }},
		{"Add constant", 8, 8, func() { Add(dst, x, y[:1]) }},
		{"Add UInt8", 2, 1, func() { Add(small, xs, ys) }},
		{"Sub", 16, 8, func() { Sub(dst, x, y) }},
		{"Mul", 16, 8, func() { Mul(dst, x, y) }},
		{"Div", 16, 8, func() { Div(float, xf, yf) }},
		{"IntDiv", 16, 8, func() { IntDiv(dst, x, y, nil) }},
		{"IntDiv constant", 8, 8, func() { IntDiv(dst, x, y[:1], nil) }},
		{"Mod constant", 8, 8, func() { Mod(dst, x, y[:1], nil) }},
		{"Binary", 16, 8, func() { Binary(dst, x, y, func(x, y int64) int64 { return x &^ y }) }},
		{"Unary", 8, 8, func() { Unary(dst, x, func(x int64) int64 { return -x }) }},
	})
}

func BenchmarkCompare(b *testing.B) {
	x, y, dst := numbers[int64](1), numbers[int64](2), make([]uint8, benchRows)
	codes, f := numbers[uint32](1), numbers[float64](2)
	text, other := texts(1), texts(2)
	one := batch.Strings{Offsets: text.Offsets[:2], Bytes: text.Bytes}
	bench(b, []loop{
		{"equal columns", 16, 1, func() { Compare(EQ, dst, x, y) }},
		{"less than a constant", 8, 1, func() { Compare(LT, dst, x, y[:1]) }},
		{"EqualCodes", 4, 1, func() { EqualCodes(EQ, dst, codes, 7) }},
		{"CompareBy", 16, 1, func() {
			CompareBy(LT, dst, x, f, func(x int64, y float64) int {
				c, _ := CompareIntFloat(x, y)
				return c
			})
		}},
		{"text equal to a constant", 4 + textBytes, 1, func() { CompareStrings(EQ, dst, text, one) }},
		{"text less than text", 2 * (4 + textBytes), 1, func() { CompareStrings(LT, dst, text, other) }},
	})
}

// textBytes is the length of texts.
const textBytes = 8

func texts(seed uint64) batch.Strings {
	var out batch.Strings
	for _, x := range numbers[uint8](seed) {
		out.AppendString("value" + string([]byte{'0' + x/100, '0' + x/10%10, '0' + x%10}))
	}
	return out
}

// A row that is chosen costs four bytes: half of all, here.
func BenchmarkChoose(b *testing.B) {
	x, half, dst := numbers[int64](1), make([]uint32, benchRows/2), make([]uint32, benchRows)
	for i := range half {
		half[i] = uint32(2 * i)
	}
	bench(b, []loop{{"half of all", 8, 2, func() { Choose(LT, dst, x, 50, nil) }}})
	b.Run("half of half", func(b *testing.B) {
		for b.Loop() {
			Choose(LT, dst, x, 50, half)
		}
		roofline.Report(b, roofline.Work{Rows: len(half), Read: 4 * len(half), Write: 2 * len(half), Gather: len(half), Table: 8 * benchRows, Steps: len(half)})
	})
}

func BenchmarkConvert(b *testing.B) {
	x, small, codes := numbers[int64](1), numbers[uint8](1), numbers[uint32](1)
	ints, floats := make([]int64, benchRows), make([]float64, benchRows)
	bench(b, []loop{
		{"UInt8 to Int64", 1, 8, func() { Convert(ints, small) }},
		{"Int64 to Float64", 8, 8, func() { Convert(floats, x) }},
		{"ConvertTo", 4, 8, func() { ConvertTo(types.PhysU64, codes) }},
	})
}

func BenchmarkLogic(b *testing.B) {
	x, y, dst := flags(1), flags(2), make([]uint8, benchRows)
	xn, yn, dstN, none := nulls(3), nulls(4), make([]bool, benchRows), make([]bool, benchRows)
	v, w, ints, rows := numbers[int64](1), numbers[int64](2), make([]int64, benchRows), make([]uint32, 0, benchRows)
	bench(b, []loop{
		{"True", 8, 1, func() { True(dst, v) }},
		{"Not", 1, 1, func() { Not(dst, x) }},
		{"And", 2, 1, func() { And(dst, x, y) }},
		{"Or", 2, 1, func() { Or(dst, x, y) }},
		{"Xor", 2, 1, func() { Xor(dst, x, y) }},
		{"AndNulls", 4, 2, func() { AndNulls(dst, dstN, x, xn, y, yn) }},
		{"OrNulls", 4, 2, func() { OrNulls(dst, dstN, x, xn, y, yn) }},
		{"Union", 2, 1, func() { Union(xn, yn) }},
		{"Any", 1, 0, func() { Any(none) }},
		{"Select columns", 1 + 8, 8, func() { Select(ints, x, v, w) }}, // Of the two, one value a row.
		{"Select constants", 1, 8, func() { Select(ints, x, v[:1], w[:1]) }},
		{"Rows", 1, 2, func() { Rows(rows, x, nil) }},
		{"Rows but NULLs", 2, 2, func() { Rows(rows, x, xn) }},
	})
}

func BenchmarkTimes(b *testing.B) {
	utc, berlin := clock(b, "UTC"), clock(b, "Europe/Berlin")
	src, dst, days := seconds(), make([]uint32, benchRows), make([]uint16, benchRows)
	secs := make([]int64, benchRows)
	Convert(secs, src)
	bench(b, []loop{
		{"TruncateUnix", 4, 4, func() { TruncateUnix(dst, src, 60) }},
		{"TruncateLocal UTC", 4, 4, func() { TruncateLocal(dst, src, 3600, utc) }},
		{"TruncateLocal Berlin", 4, 4, func() { TruncateLocal(dst, src, 3600, berlin) }},
		{"LocalDays UTC", 4, 2, func() { LocalDays(days, src, utc) }},
		{"LocalDays Berlin", 4, 2, func() { LocalDays(days, src, berlin) }},
		{"ToLocal and back, Berlin", 16, 16, func() {
			ToLocal(secs, berlin)
			ToUnix(secs, berlin)
		}},
	})
}

func clock(b *testing.B, zone string) *types.Clock {
	z, err := types.LoadZone(zone)
	if err != nil {
		b.Fatal(err)
	}
	return z.Clock()
}
