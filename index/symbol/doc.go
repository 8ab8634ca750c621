// Package symbol numbers the values of string columns. A Dict gives each
// distinct value of a column of one shard a dense Symbol, in order of first
// arrival, so that grouping, counting and joining become loops over integers.
//
// # Who calls what
//
// One goroutine, the shard's apply goroutine, calls Encode; it is the only
// writer. Any number of goroutines read through Views without locks: a View is
// the prefix of the dictionary at one moment, and stays right and unchanged
// while the writer goes on. Values looked up in parallel by View.LookupBatch
// can be handed to EncodeUnknown, which then numbers only what is new.
//
// # From value to number
//
// 256 sub-tables of open addressing, chosen by hash, so that growing one never
// stops the writer for long; they grow at different loads, so that not all
// grow at the same time. A slot is eight bytes: 32 bits of the hash and the
// symbol. The home of an entry is its 32 bits scaled to the table's length:
// growing needs no look at the values, and walks both tables in order. A hit
// is always confirmed by the value itself, never by the hash alone.
//
// # From number to value
//
// Pages of 1,024 values that are appended to and never moved under a reader.
// Values of 32 lower-case hexadecimal digits, which is how most device and
// user ids look, are kept as 16 bytes; a page that holds only such values
// keeps nothing else. Of all other values the 128-bit hash is kept as well, so
// that states can be written in portable form without hashing again.
//
// # On disk
//
// The log of a dictionary (Writer, Load) is described in log.go. It holds
// number to value only; the tables are rebuilt at start.
package symbol
