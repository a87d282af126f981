package io.logitstream.producers.corpus.source;

import io.logitstream.messages.UsageException;

/**
 * A folder in which files go on arriving. Each file begins a shard of its own and ends it, so that its text is
 * published without waiting for the next one.
 *
 * @param stableSeconds a file is complete when its size and time have not changed for so long; default 2
 * @param part number of this producer among those that share the folder, from 1; default null: it is the only one
 * @param parts producers that share the folder, each with a corpus of its own in the topic; default null
 */
public record WatchConfig(Double stableSeconds, Integer part, Integer parts) {
    /**
     * Fills in the defaults.
     *
     * @throws UsageException if a value is impossible
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

    /** Whether the file of a name is this producer's. */
    public boolean takes(String name) {
        return parts == null || Math.floorMod(name.hashCode(), parts) == part - 1;
    }

    /** The name of this producer's corpus. */
    String nameOf(String corpus) {
        String suffix = parts == null ? "" : "." + part + "-of-" + parts;
        return corpus.endsWith(suffix) ? corpus : corpus + suffix;
    }
}
