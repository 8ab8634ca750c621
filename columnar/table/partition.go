package table

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// PartitionAll names the one partition of a table without PARTITION BY.
const PartitionAll = "all"

// PartitionText is how a partition prints: the key's value, or (a,b) for a key
// of several expressions. It is the partition's identity: equal for equal
// values, on every replica. Text is escaped so that it cannot look like a tuple.
func PartitionText(key []*batch.Vector, row int) string {
	if len(key) == 0 {
		return PartitionAll
	}
	parts := make([]string, len(key))
	for i, v := range key {
		parts[i] = partitionValue(v, row)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, ",") + ")"
}

func partitionValue(v *batch.Vector, row int) string {
	if v.IsNull(row) {
		return "NULL"
	}
	text := string(expr.AppendValue(nil, v, row, types.UTC))
	if !utf8.ValidString(text) {
		return `\x` + hex.EncodeToString([]byte(text)) // Names of partitions stand in JSON.
	}
	if v.Type.IsString() || v.Type.IsDate() || v.Type.IsTime() || v.Type.Kind == types.UUID || v.Type.IsEnum() {
		if strings.ContainsAny(text, "(),'\\") || text == "NULL" {
			return types.Quote(text)
		}
	}
	return text
}

// PartitionValue is the text of one value of the partition key, given as a
// constant of any type that converts to the key's.
func PartitionValue(d *Def, i int, v *batch.Vector) (string, error) {
	key, err := expr.Decode(d.PartitionBy[i].Expr)
	if err != nil {
		return "", err
	}
	ctx := expr.Background()
	c, err := expr.NewCast(ctx, expr.NewConst(v), key.Type(), expr.CastAccurate)
	if err != nil {
		return "", err
	}
	out, err := expr.Eval(ctx, c, &batch.Batch{Rows: 1})
	if err != nil {
		return "", err
	}
	return partitionValue(out, 0), nil
}
