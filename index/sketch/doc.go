// Package sketch has the approximate summaries of sets and distributions that
// aggregate states are made of: HyperLogLog registers for distinct counts and a
// t-digest for quantiles. It knows hashes and numbers, never columns.
//
// Everything here is deterministic: no randomness, no map order. Registers are a
// function of the set of hashes alone, so that merging in any order gives equal
// bytes; a digest depends on the order of insertion.
package sketch
