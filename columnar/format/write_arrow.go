package format

import (
	"fmt"
	"io"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// arrowWriter prints ArrowStream and Arrow with the types that ClickHouse gives
// its columns there: DateTime as uint32 seconds, DateTime64 as timestamp, enums
// as numbers, UUID and IPv6 as 16 bytes.
type arrowWriter struct {
	w      io.Writer
	o      *WriteOptions
	file   bool
	alloc  memory.Allocator
	schema *arrow.Schema
	ipc    interface {
		Write(arrow.RecordBatch) error
		Close() error
	}
}

func newArrowWriter(w io.Writer, o *WriteOptions, file bool) *arrowWriter {
	return &arrowWriter{w: w, o: o, file: file, alloc: memory.NewGoAllocator()}
}

// ContentType implements Writer.
func (a *arrowWriter) ContentType() string {
	if a.file {
		return "application/vnd.apache.arrow.file"
	}
	return "application/vnd.apache.arrow.stream"
}

func (a *arrowWriter) Begin(names []string, ts []types.Type) error {
	fields := make([]arrow.Field, len(names))
	for i, t := range ts {
		fields[i] = a.field(names[i], t)
	}
	a.schema = arrow.NewSchema(fields, nil)
	opts := []ipc.Option{ipc.WithSchema(a.schema), ipc.WithAllocator(a.alloc)}
	switch a.o.ArrowCompression {
	case ArrowZSTD:
		opts = append(opts, ipc.WithZstd())
	case ArrowPlain:
	default:
		opts = append(opts, ipc.WithLZ4())
	}
	if !a.file {
		a.ipc = ipc.NewWriter(a.w, opts...)
		return nil
	}
	w, err := ipc.NewFileWriter(a.w, opts...)
	if err != nil {
		return fmt.Errorf("write Arrow: %w", err)
	}
	a.ipc = w
	return nil
}

func (a *arrowWriter) field(name string, t types.Type) arrow.Field {
	f := arrow.Field{Name: name, Type: a.dataType(t), Nullable: t.Nullable || t.Kind == types.Nothing}
	if t.Kind == types.UUID {
		f.Metadata = arrow.NewMetadata([]string{"ARROW:extension:name", "ARROW:extension:metadata", "PARQUET:logical_type"},
			[]string{"arrow.uuid", "", "UUID"})
	}
	return f
}

// dataType is Arrow's type for a column of type t.
func (a *arrowWriter) dataType(t types.Type) arrow.DataType {
	switch t.Kind {
	case types.Bool:
		return arrow.FixedWidthTypes.Boolean
	case types.Int8, types.Enum8:
		return arrow.PrimitiveTypes.Int8
	case types.Int16, types.Enum16:
		return arrow.PrimitiveTypes.Int16
	case types.Int32:
		return arrow.PrimitiveTypes.Int32
	case types.Int64, types.Interval:
		return arrow.PrimitiveTypes.Int64
	case types.UInt8:
		return arrow.PrimitiveTypes.Uint8
	case types.UInt16:
		return arrow.PrimitiveTypes.Uint16
	case types.UInt32, types.DateTime, types.IPv4:
		return arrow.PrimitiveTypes.Uint32
	case types.UInt64:
		return arrow.PrimitiveTypes.Uint64
	case types.Float32:
		return arrow.PrimitiveTypes.Float32
	case types.Float64:
		return arrow.PrimitiveTypes.Float64
	case types.Decimal:
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}
	case types.FixedString:
		return &arrow.FixedSizeBinaryType{ByteWidth: int(t.Width)}
	case types.UUID, types.IPv6:
		return &arrow.FixedSizeBinaryType{ByteWidth: 16}
	case types.Date, types.Date32:
		return arrow.FixedWidthTypes.Date32
	case types.DateTime64:
		zone := t.Zone
		if zone == nil {
			zone = a.o.Zone
		}
		return &arrow.TimestampType{Unit: arrow.TimeUnit((int(t.Scale) + 2) / 3), TimeZone: zone.Name()}
	case types.Array:
		return arrow.ListOfField(a.field("item", t.Elem()))
	case types.Tuple:
		fields := make([]arrow.Field, len(t.Elems))
		for i, e := range t.Elems {
			name := strconv.Itoa(i + 1)
			if t.Names != nil {
				name = t.Names[i]
			}
			fields[i] = a.field(name, e)
		}
		return arrow.StructOf(fields...)
	case types.Nothing:
		return arrow.Null
	default:
		return arrow.BinaryTypes.String
	}
}

func (a *arrowWriter) Write(b *batch.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	cols := make([]arrow.Array, len(b.Cols))
	defer func() {
		for _, c := range cols {
			if c != nil {
				c.Release()
			}
		}
	}()
	for i, v := range b.Cols {
		builder := array.NewBuilder(a.alloc, a.schema.Field(i).Type)
		builder.Reserve(b.Rows)
		add := arrowAdd(builder, v)
		for row := range b.Rows {
			add(row)
		}
		cols[i] = builder.NewArray()
		builder.Release()
	}
	rec := array.NewRecordBatch(a.schema, cols, int64(b.Rows))
	defer rec.Release()
	if err := a.ipc.Write(rec); err != nil {
		return fmt.Errorf("write Arrow: %w", err)
	}
	return nil
}

// arrowAdd makes a function that adds a row of v to the builder.
func arrowAdd(b array.Builder, v *batch.Vector) func(int) {
	add := arrowValue(b, v)
	if v.Const {
		inner := add
		add = func(int) { inner(0) }
	}
	if v.Nulls == nil && v.Type.Kind != types.Nothing {
		return add
	}
	return func(i int) {
		if v.Type.Kind == types.Nothing || v.IsNull(i) {
			b.AppendNull()
			return
		}
		add(i)
	}
}

func arrowValue(builder array.Builder, v *batch.Vector) func(int) { //nolint:funlen // a flat switch, one case a builder
	switch b := builder.(type) {
	case *array.BooleanBuilder:
		d := batch.Values[uint8](v)
		return func(i int) { b.Append(d[i] != 0) }
	case *array.Int8Builder:
		d := batch.Values[int8](v)
		return func(i int) { b.Append(d[i]) }
	case *array.Int16Builder:
		d := batch.Values[int16](v)
		return func(i int) { b.Append(d[i]) }
	case *array.Int32Builder:
		d := batch.Values[int32](v)
		return func(i int) { b.Append(d[i]) }
	case *array.Int64Builder:
		d := batch.Values[int64](v)
		return func(i int) { b.Append(d[i]) }
	case *array.Uint8Builder:
		d := batch.Values[uint8](v)
		return func(i int) { b.Append(d[i]) }
	case *array.Uint16Builder:
		d := batch.Values[uint16](v)
		return func(i int) { b.Append(d[i]) }
	case *array.Uint32Builder:
		d := batch.Values[uint32](v)
		return func(i int) { b.Append(d[i]) }
	case *array.Uint64Builder:
		d := batch.Values[uint64](v)
		return func(i int) { b.Append(d[i]) }
	case *array.Float32Builder:
		d := batch.Values[float32](v)
		return func(i int) { b.Append(d[i]) }
	case *array.Float64Builder:
		d := batch.Values[float64](v)
		return func(i int) { b.Append(d[i]) }
	case *array.Date32Builder:
		if d, ok := v.Data.([]uint16); ok {
			return func(i int) { b.Append(arrow.Date32(d[i])) }
		}
		d := batch.Values[int32](v)
		return func(i int) { b.Append(arrow.Date32(d[i])) }
	case *array.TimestampBuilder:
		return arrowTicks(b, v)
	case *array.Decimal128Builder:
		if d, ok := v.Data.([]types.Int128); ok {
			return func(i int) { b.Append(decimal128.New(d[i].Hi, d[i].Lo)) }
		}
		d := batch.Values[int64](v)
		return func(i int) { b.Append(decimal128.FromI64(d[i])) }
	case *array.StringBuilder:
		at := bytesOf(v)
		return func(i int) { b.BinaryBuilder.Append(at(i)) }
	case *array.FixedSizeBinaryBuilder:
		if d, ok := v.Data.([]types.Bytes16); ok {
			return func(i int) { b.Append(d[i][:]) }
		}
		at := bytesOf(v)
		return func(i int) { b.Append(at(i)) }
	case *array.ListBuilder:
		l := v.Data.(batch.Lists) //nolint:forcetypeassert // the form of Array
		add := arrowAdd(b.ValueBuilder(), l.Elems)
		return func(i int) {
			b.Append(true)
			for e := l.Offsets[i]; e < l.Offsets[i+1]; e++ {
				add(int(e))
			}
		}
	case *array.StructBuilder:
		parts := v.Data.([]*batch.Vector) //nolint:forcetypeassert // the form of Tuple
		adds := make([]func(int), len(parts))
		for k, p := range parts {
			adds[k] = arrowAdd(b.FieldBuilder(k), p)
		}
		return func(i int) {
			b.Append(true)
			for _, add := range adds {
				add(i)
			}
		}
	default:
		return func(int) { builder.AppendNull() }
	}
}

// arrowTicks widens ticks of any scale to seconds, milli-, micro- or nanoseconds.
func arrowTicks(b *array.TimestampBuilder, v *batch.Vector) func(int) {
	d, unit := batch.Values[int64](v), int64(1)
	for range (3 - v.Type.Scale%3) % 3 {
		unit *= 10
	}
	return func(i int) { b.Append(arrow.Timestamp(d[i] * unit)) }
}

// Totals have no place in the format.
func (a *arrowWriter) Totals(*batch.Batch) error { return nil }

// Extremes have no place in the format.
func (a *arrowWriter) Extremes(*batch.Batch) error { return nil }

func (a *arrowWriter) End(Stats) error {
	if err := a.ipc.Close(); err != nil {
		return fmt.Errorf("write Arrow: %w", err)
	}
	return nil
}
