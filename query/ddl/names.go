package ddl

import (
	_ "embed" // for the list of settings
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/ast"
)

// tableSettings are the settings of tables that ClickHouse 26.7 knows, a line each: those of MergeTree
// (system.merge_tree_settings) and of Memory. Only a name that is in nobody's list is a misspelling.
//
//go:embed settings.txt
var tableSettings string

// ownSettings are those that ClickHouse does not know.
var ownSettings = []string{"max_lateness_seconds"}

func (e *Env) checkSetting(name string) error {
	if e.OfQueries != nil && e.OfQueries(name) {
		return nil
	}
	if slices.Contains(ownSettings, name) || strings.Contains("\n"+tableSettings, "\n"+name+"\n") {
		return nil
	}
	return chcode.Errorf(chcode.UnknownSetting, "Unknown setting '%s' of a table", name)
}

// codecs are ClickHouse's, in lower case.
var codecs = []string{
	"aes_128_gcm_siv", "aes_256_gcm_siv", "alp", "default", "delta", "doubledelta", "fpc", "gcd", "gorilla", "lz4", "lz4hc",
	"none", "quantized", "t64", "zstd", "zxc",
}

func checkCodec(c *ast.Codec) error {
	for _, x := range c.Items {
		if !slices.Contains(codecs, strings.ToLower(x.Name)) {
			return chcode.Errorf(chcode.UnknownCodec, "Unknown codec family: %s", x.Name)
		}
	}
	return nil
}

// indexTypes are ClickHouse's types of skipping indexes, with names that it had before.
var indexTypes = []string{
	"bloom_filter", "full_text", "hypothesis", "inverted", "minmax", "ngrambf_v1", "set", "sparse_grams", "text", "tokenbf_v1",
	"vector_similarity",
}

func checkIndexType(x *ast.IndexDef) error {
	if x.Type != nil && !slices.Contains(indexTypes, x.Type.Name) {
		return chcode.Errorf(chcode.IncorrectQuery, "Unknown Index type '%s'. Available index types: %s", x.Type.Name,
			strings.Join(indexTypes, ", "))
	}
	return nil
}
