package format

import (
	"fmt"
	"io"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
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
		data := dataOut(a.schema.Field(i).Type, v, b.Rows)
		cols[i] = array.MakeFromData(data)
		data.Release()
	}
	rec := array.NewRecordBatch(a.schema, cols, int64(b.Rows))
	defer rec.Release()
	if err := a.ipc.Write(rec); err != nil {
		return fmt.Errorf("write Arrow: %w", err)
	}
	return nil
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
