package gen

import (
	"bytes"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// ArrowEnd ends a stream of Arrow.
const ArrowEnd = "\xff\xff\xff\xff\x00\x00\x00\x00"

func arrowSchema() *arrow.Schema {
	fields := []arrow.Field{{Name: "ts", Type: &arrow.TimestampType{Unit: arrow.Second, TimeZone: "UTC"}}}
	for _, name := range []string{
		"content_id", "author_id", "user_id", "province", "city", "channel", "app_version", "os", "action",
	} {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String})
	}
	return arrow.NewSchema(append(fields,
		arrow.Field{Name: "duration_ms", Type: arrow.PrimitiveTypes.Uint32},
		arrow.Field{Name: "amount", Type: &arrow.Decimal128Type{Precision: 12, Scale: 2}}), nil)
}

// Arrow makes a Block of ArrowStream: a batch for each block of rows, behind the
// schema when it begins with row 0. ArrowEnd follows the last one.
func (f *Feed) Arrow() (Block, error) {
	schema := arrowSchema()
	empty, err := arrowStream(schema, nil)
	if err != nil {
		return nil, err
	}
	header := bytes.TrimSuffix(empty, []byte(ArrowEnd))
	rows := array.NewRecordBuilder(memory.NewGoAllocator(), schema)
	return func(dst []byte, from, to int64) []byte {
		for i := from; i < to; i++ {
			appendArrow(rows, f.At(i))
		}
		batch := rows.NewRecordBatch()
		defer batch.Release()
		// It is written into memory: only a batch of another schema would fail.
		whole, err := arrowStream(schema, batch)
		if err != nil {
			panic(err)
		}
		body := whole[len(header) : len(whole)-len(ArrowEnd)]
		if from == 0 {
			dst = append(dst, header...)
		}
		return append(dst, body...)
	}, nil
}

func arrowStream(schema *arrow.Schema, batch arrow.RecordBatch) ([]byte, error) {
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(schema))
	if batch != nil {
		if err := w.Write(batch); err != nil {
			return nil, fmt.Errorf("write a batch of arrow: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write arrow: %w", err)
	}
	return b.Bytes(), nil
}

func appendArrow(rows *array.RecordBuilder, e Event) {
	text := func(n int, s string) { rows.Field(n).(*array.StringBuilder).Append(s) }
	rows.Field(0).(*array.TimestampBuilder).Append(arrow.Timestamp(e.Unix))
	text(1, string(appendContent(nil, e.Content)))
	text(2, string(appendAuthor(nil, e.Author)))
	text(3, string(appendUser(nil, e.User)))
	text(4, provinces[e.Province])
	text(5, cities[e.City])
	text(6, channels[e.Channel])
	text(7, versions[e.Version])
	text(8, systems[e.OS])
	text(9, actions[e.Action])
	rows.Field(10).(*array.Uint32Builder).Append(uint32(e.DurationMS))
	rows.Field(11).(*array.Decimal128Builder).Append(decimal128.FromI64(e.Cents))
}
