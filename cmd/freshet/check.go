package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// setUpCheck is `freshet check`.
func setUpCheck(fs *flag.FlagSet) func(context.Context) error {
	dir := fs.String("data-dir", DefaultConfig().DataDir, "`folder` to verify; no node may have it open")
	return func(context.Context) error {
		problems, err := fanout.Check(vfs.OS{}, *dir)
		if err != nil {
			return fmt.Errorf("check %s: %w", *dir, err)
		}
		for _, p := range problems {
			fmt.Println(p)
		}
		if len(problems) > 0 {
			return fmt.Errorf("check %s: %d problems", *dir, len(problems))
		}
		fmt.Println(*dir + ": no problem found")
		return nil
	}
}
