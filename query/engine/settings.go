package engine

import (
	"errors"
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// settingKind is how a setting's text is read.
type settingKind uint8

const (
	settingBool settingKind = iota
	settingInt
	settingFloat
	settingText
	settingSeconds // a number of seconds, fractions allowed
)

var settingTypes = [...]string{
	settingBool: "Bool", settingInt: "UInt64", settingFloat: "Float", settingText: "String", settingSeconds: "Seconds",
}

// SettingInfo is one setting that statements and clients may give.
type SettingInfo struct {
	Name    string
	Default string
	About   string
	kind    settingKind
	// inert settings are accepted, since clients send them, and have no effect.
	inert bool
}

// Type is the setting's type as system.settings names it.
func (s *SettingInfo) Type() string { return settingTypes[s.kind] }

// SettingsTable is all settings by name.
func SettingsTable() []SettingInfo { return slices.Clone(sortedSettings()) }

// sortedSettings is made once: every query looks some twenty settings up. Nobody writes to it.
var sortedSettings = sync.OnceValue(func() []SettingInfo {
	out := append(effective(), accepted()...)
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
})

var settingsByName = sync.OnceValue(func() map[string]*SettingInfo {
	all := sortedSettings()
	out := make(map[string]*SettingInfo, len(all))
	for i := range all {
		out[all[i].Name] = &all[i]
	}
	return out
})

// settingOf finds a setting; nil when there is none of that name.
func settingOf(name string) *SettingInfo { return settingsByName()[name] }

func effective() []SettingInfo {
	return []SettingInfo{
		{"max_execution_time", "0", "Seconds after which a query is ended; 0: no limit.", settingSeconds, false},
		{"max_memory_usage", "0", "Bytes that one query may hold; 0: the node's limit only.", settingInt, false},
		{"max_threads", "0", "Workers of a query on each shard; 0: one per core.", settingInt, false},
		{"max_rows_to_read", "0", "Rows that a query may read; 0: no limit.", settingInt, false},
		{"max_result_rows", "0", "Rows that a result may have; 0: no limit.", settingInt, false},
		{"max_query_size", "262144", "Bytes of a statement, without inline data.", settingInt, false},
		{"max_parser_depth", "1000", "Depth of a statement's tree.", settingInt, false},
		{"max_ast_elements", "50000", "Nodes of a statement's tree.", settingInt, false},
		{"readonly", "0", "1: only queries that change nothing; 2: also SET.", settingInt, false},
		{"extremes", "0", "The least and the greatest value of each column stand behind the result.", settingBool, false},
		{"limit", "0", "Rows of the result at most, whatever the query says; 0: no limit.", settingInt, false},
		{"offset", "0", "Rows of the result to skip.", settingInt, false},
		{"join_use_nulls", "0", "NULL instead of defaults where a join has no match.", settingBool, false},
		{"transform_null_in", "0", "NULL IN (NULL) is true.", settingBool, false},
		{"cast_keep_nullable", "0", "CAST of a Nullable gives a Nullable.", settingBool, false},
		{"union_default_mode", "", "What UNION alone means: ALL, DISTINCT or empty (refused).", settingText, false},
		{"enable_positional_arguments", "1", "Numbers in GROUP BY and ORDER BY name items of the list.", settingBool, false},
		{"prefer_column_name_to_alias", "0", "A name is a column before it is an alias.", settingBool, false},
		{"totals_mode", "after_having_exclusive", "before_having: WITH TOTALS counts also the groups that HAVING leaves out.", settingText, false},
		{"session_timezone", "", "Zone of times without one of their own; empty: the server's.", settingText, false},
		{"insert_deduplication_token", "", "An insert with a token that the table has seen does nothing.", settingText, false},
		{"insert_deduplicate", "0", "The hash of an insert's data is its token.", settingBool, false},
		{"insert_null_as_default", "1", "NULL of INSERT SELECT for a column that can't hold it is the column's default.", settingBool, false},
		{"async_insert", "1", "Small inserts of many clients are gathered into one log entry.", settingBool, false},
		{"input_format_allow_errors_num", "0", "Malformed rows of an insert that are dropped.", settingInt, false},
		{"input_format_allow_errors_ratio", "0", "Share of malformed rows of an insert that are dropped.", settingFloat, false},
		{"input_format_skip_unknown_fields", "1", "Unknown fields of JSON rows are skipped.", settingBool, false},
		{"input_format_null_as_default", "1", "NULL for a column that can't hold it is the column's default.", settingBool, false},
		{"input_format_csv_detect_header", "1", "A first CSV row of column names is a header.", settingBool, false},
		{"input_format_tsv_detect_header", "1", "A first TSV row of column names is a header.", settingBool, false},
		{"format_csv_delimiter", ",", "Character between CSV fields.", settingText, false},
		{"date_time_input_format", "best_effort", "How times are read: basic or best_effort.", settingText, false},
		{"date_time_output_format", "simple", "How times are printed: simple, iso or unix_timestamp.", settingText, false},
		{"output_format_json_quote_64bit_integers", "0", "64-bit integers as JSON strings.", settingBool, false},
		{"output_format_json_quote_64bit_floats", "0", "64-bit floats as JSON strings.", settingBool, false},
		{"output_format_json_quote_denormals", "0", "NaN and infinities as JSON strings instead of null.", settingBool, false},
		{"output_format_json_quote_decimals", "0", "Decimals as JSON strings.", settingBool, false},
		{"output_format_json_array_of_rows", "0", "JSONEachRow as one array.", settingBool, false},
		{"output_format_write_statistics", "1", "Statistics at the end of JSON.", settingBool, false},
		{"answer_in_meta", "0", "JSON and JSONCompact carry the certificate, the text of X-Freshet-Answer, as \"answer\" behind meta.", settingBool, false},
		{"output_format_pretty_max_rows", "1000", "Rows that Pretty formats print.", settingInt, false},
		{"output_format_pretty_color", "0", "Colours in Pretty formats.", settingBool, false},
		{"output_format_pretty_row_numbers", "1", "Row numbers in Pretty formats.", settingBool, false},
		{"output_format_pretty_single_large_number_tip_threshold", "1000000", "Numbers above it are also printed in words; 0: none.", settingInt, false},
		{"output_format_pretty_grid_charset", "UTF-8", "UTF-8 or ASCII.", settingText, false},
		{"log_comment", "", "Text kept with the query in system.query_log.", settingText, false},
		{"log_queries", "1", "Queries are kept in system.query_log.", settingBool, false},
		{"rewrites_off", "", "Names of plan rewrites to switch off, separated by commas.", settingText, false},
		{"use_query_cache", "1", "Answers over rows that have not changed are given again, and equal queries that run at once run once.", settingBool, false},
		{"result_staleness", "0", "Seconds for which an answer may be given again although rows have changed since.", settingSeconds, false},
		{"use_rollups", "1", "Aggregations are answered from managed rollups that give the same: 0 never, 1 where that is cheaper, 2 always.", settingInt, false},
		{"allow_inexact_rollups", "0", "Rollups may also answer aggregates that depend on the order of rows.", settingBool, false},
		{"rollup_beyond_detail", "0", "Queries reach behind the table's horizon, as far as rollups do.", settingBool, false},
		{"wait_end_of_query", "0", "Nothing is sent before the whole result is known.", settingBool, false},
		{"send_progress_in_http_headers", "0", "Accepted; progress stands in X-ClickHouse-Summary.", settingBool, true},
	}
}

// accepted settings come from clients and have no effect here.
func accepted() []SettingInfo {
	names := []string{
		"max_block_size", "max_insert_block_size", "max_insert_threads", "min_insert_block_size_rows",
		"min_insert_block_size_bytes", "wait_for_async_insert", "async_insert_busy_timeout_ms",
		"async_insert_max_data_size", "async_insert_deduplicate", "use_uncompressed_cache",
		"use_query_condition_cache", "query_cache_ttl", "query_cache_min_query_duration", "query_cache_min_query_runs",
		"query_cache_max_entries", "query_cache_max_size_in_bytes", "query_cache_compress_entries",
		"query_cache_share_between_users", "query_cache_squash_partial_results", "query_cache_tag",
		"query_cache_nondeterministic_function_handling", "query_cache_system_table_handling",
		"enable_reads_from_query_cache", "enable_writes_to_query_cache", "max_bytes_before_external_group_by", "max_bytes_before_external_sort",
		"max_bytes_to_read", "result_overflow_mode", "read_overflow_mode",
		"timeout_overflow_mode", "distributed_product_mode", "load_balancing",
		"connect_timeout", "receive_timeout", "send_timeout", "http_headers_progress_interval_ms",
		"cancel_http_readonly_queries_on_client_close", "enable_http_compression", "http_zlib_compression_level",
		"network_compression_method", "optimize_move_to_prewhere", "enable_optimize_predicate_expression",
		"allow_experimental_analyzer", "enable_analyzer", "compile_expressions", "join_algorithm",
		"any_join_distinct_right_table_keys", "insert_quorum", "insert_quorum_timeout", "select_sequential_consistency",
		"insert_distributed_sync", "distributed_foreground_insert", "prefer_localhost_replica",
		"allow_suspicious_low_cardinality_types", "low_cardinality_allow_in_native_format",
		"input_format_parallel_parsing", "output_format_parallel_formatting", "output_format_enable_streaming",
		"input_format_values_interpret_expressions", "input_format_defaults_for_omitted_fields",
		"input_format_import_nested_json", "input_format_with_names_use_header",
		"input_format_with_types_use_header", "mutations_sync", "alter_sync", "replication_alter_partitions_sync",
		"priority", "max_concurrent_queries_for_user", "max_network_bandwidth", "profile", "cluster_for_parallel_replicas",
		"cast_string_to_dynamic_use_inference", "allow_experimental_json_type", "allow_ddl", "force_index_by_date",
		"force_primary_key", "max_partitions_per_insert_block", "optimize_read_in_order", "max_final_threads",
		"do_not_merge_across_partitions_select_final", "group_by_two_level_threshold", "log_query_threads",
		"log_profile_events", "query_profiler_real_time_period_ns", "query_profiler_cpu_time_period_ns",
		"memory_profiler_step", "enable_job_stack_trace", "send_logs_level", "short_circuit_function_evaluation",
		"max_subquery_depth", "max_expanded_ast_elements", "default_table_engine", "flatten_nested", "buffer_size",
		"output_format_pretty_highlight_digit_groups",
		"http_write_exception_in_output_format", "http_make_head_request", "fallback_to_stale_replicas_for_distributed_queries",
	}
	out := make([]SettingInfo, len(names))
	for i, n := range names {
		out[i] = SettingInfo{Name: n, About: "Accepted for clients that send it; has no effect.", kind: settingText, inert: true}
	}
	return out
}

// Settings is the values that differ from the defaults. The zero value is all
// defaults.
type Settings map[string]string

// Set checks and sets one setting.
func (s Settings) Set(name, value string) error {
	x := settingOf(name)
	if x == nil {
		return unknownSetting(name)
	}
	v, err := x.normal(value)
	if err != nil {
		return err
	}
	s[name] = v
	return nil
}

// isInert tells whether a setting has no effect.
func isInert(name string) bool {
	x := settingOf(name)
	return x != nil && x.inert
}

// isSetting tells whether there is a setting of that name.
func isSetting(name string) bool { return settingOf(name) != nil }

func unknownSetting(name string) error {
	all := sortedSettings()
	names := make([]string, len(all))
	for i, x := range all {
		names[i] = x.Name
	}
	return chcode.Errorf(chcode.UnknownSetting, "Unknown setting '%s'%s", name, types.Hint(name, names))
}

// normal is a value as it is kept.
func (s *SettingInfo) normal(value string) (string, error) {
	switch s.kind {
	case settingBool:
		switch strings.ToLower(value) {
		case "1", "true", "yes", "on":
			return "1", nil
		case "0", "false", "no", "off":
			return "0", nil
		}
		return "", s.invalid(value, chcode.CannotParseBool, "0 or 1")
	case settingInt:
		n, ok := parseCount(value)
		if !ok {
			code := chcode.CannotParseInputAssertionFailed
			if strings.HasPrefix(value, "-") {
				code = chcode.CannotParseNumber
			}
			return "", s.invalid(value, code, "a whole number that is not negative, such as 1000 or 2Gi")
		}
		return strconv.FormatUint(n, 10), nil
	case settingFloat, settingSeconds:
		if f, err := strconv.ParseFloat(value, 64); err != nil || !(f >= 0 && f <= math.MaxFloat64) {
			return "", s.invalid(value, chcode.CannotParseNumber, "a number that is not negative")
		}
	case settingText:
		code, words := s.words()
		if words != nil && !slices.Contains(words, value) {
			return "", s.invalid(value, code, "one of '"+strings.Join(words, "', '")+"'")
		}
		if s.Name == "format_csv_delimiter" && len(value) != 1 {
			return "", s.invalid(value, chcode.SizeOfFixedStringDoesntMatch, "one character")
		}
	}
	return value, nil
}

func (s *SettingInfo) invalid(value string, code chcode.Code, want string) error {
	return chcode.Errorf(code, "Invalid value '%s' of setting %s: it must be %s", value, s.Name, want)
}

// words are the values of a setting that has but a few, and the code for any other.
func (s *SettingInfo) words() (chcode.Code, []string) {
	switch s.Name {
	case "union_default_mode":
		return chcode.UnknownUnion, []string{"", "ALL", "DISTINCT"}
	case "totals_mode":
		return chcode.UnknownTotalsMode, []string{"after_having_exclusive", "after_having_inclusive", "after_having_auto", "before_having"}
	case "date_time_input_format":
		return chcode.BadArguments, []string{"basic", "best_effort"}
	case "date_time_output_format":
		return chcode.BadArguments, []string{"simple", "iso", "unix_timestamp"}
	}
	return 0, nil
}

// parseCount reads a number, which may end in K, M, G or T (powers of 1000) or in Ki,
// Mi, Gi or Ti (of 1024). What is beyond Int64 is its largest number.
func parseCount(text string) (n uint64, ok bool) {
	unit, base := float64(1), float64(1000)
	digits := strings.TrimSuffix(text, "i")
	if len(digits) < len(text) {
		base = 1024
	}
	number := strings.TrimRight(digits, "KMGT")
	switch power := 1 + strings.Index("KMGT", digits[len(number):]); {
	case len(digits)-len(number) == 1:
		unit = math.Pow(base, float64(power))
	case base == 1024 || len(digits) != len(number):
		return 0, false
	}
	n, err := strconv.ParseUint(number, 10, 64)
	if errors.Is(err, strconv.ErrRange) || (err == nil && float64(n)*unit >= math.MaxInt64) {
		return math.MaxInt64, true
	}
	return n * uint64(unit), err == nil
}

// text is a setting's value, or its default.
func (s Settings) text(name string) string {
	if v, ok := s[name]; ok {
		return v
	}
	if x := settingOf(name); x != nil {
		return x.Default
	}
	return ""
}

func (s Settings) bool(name string) bool { return s.text(name) == "1" }

func (s Settings) int(name string) int64 {
	n, _ := strconv.ParseInt(s.text(name), 10, 64)
	return n
}

func (s Settings) float(name string) float64 {
	f, _ := strconv.ParseFloat(s.text(name), 64)
	return f
}

// clone is a copy to be changed.
func (s Settings) clone() Settings {
	c := make(Settings, len(s))
	maps.Copy(c, s)
	return c
}
