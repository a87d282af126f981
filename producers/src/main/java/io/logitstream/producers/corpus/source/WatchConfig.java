package io.logitstream.producers.corpus.source;

import io.logitstream.messages.UsageException;

/**
 * Settings of a watched folder, in which files keep arriving. Each file starts and ends a shard, so that its text is
 * published without waiting for the next file.
 *
 * @param stableSeconds time without a change of size or modification time after which a file is complete; default 2
 * @param part number of this producer among the ones that share the folder, from 1; default null: it is the only one
 * @param parts number of producers that share the folder, each with its own corpus in the topic; default null
 */
public record WatchConfig(Double stableSeconds, Integer part, Integer parts) {
    /**
     * Fills in the defaults.
     *
     * @throws UsageException when a value is invalid
     */
    public WatchConfig {
        stableSeconds = stableSeconds == null ? 2 : stableSeconds;
        if (!(stableSeconds >= 0)) {
            throw new UsageException("corpus.watch.stableSeconds is " + stableSeconds + ", but must be 0 or more");
        }
        if ((part == null) != (parts == null) || part != null && (part < 1 || part > parts)) {
            throw new UsageException("corpus.watch: part is " + part + " of parts " + parts
                    + "; give both, with part from 1 to parts, or neither");
        }
    }

    /** Whether this producer publishes a file, by its name. */
    public boolean takes(String name) {
        return parts == null || Math.floorMod(name.hashCode(), parts) == part - 1;
    }

    /** Name of this producer's corpus. */
    String nameOf(String corpus) {
        String suffix = parts == null ? "" : "." + part + "-of-" + parts;
        return corpus.endsWith(suffix) ? corpus : corpus + suffix;
    }
}
