package io.logitstream.producers.corpus.source;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.BatchKey;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Mixtures: corpora of several sources, each with its name in the records. */
public final class Mixtures {
    /** Largest number of sources; each has a shard of tokens in memory. */
    private static final int MAX_SOURCES = 64;

    private Mixtures() {}

    /** The sources in the order of their names, which settles ties; null for none. */
    static Map<String, MixtureSource> checked(Map<String, MixtureSource> sources) {
        if (sources == null || sources.isEmpty()) {
            return null;
        }
        if (sources.size() > MAX_SOURCES) {
            throw new UsageException("corpora names " + sources.size() + " sources, but a mixture has at most "
                    + MAX_SOURCES + "; give folders or globs that cover several of them");
        }
        Map<String, MixtureSource> sorted = new TreeMap<>(sources);
        sorted.forEach((name, source) -> {
            try {
                BatchKey.endOf(name);
            } catch (UsageException e) {
                throw new UsageException("corpora: " + e.getMessage());
            }
            if (source == null) {
                throw new UsageException(key(name) + ": expected settings, as in corpora: {" + name
                        + ": {source: path/to/texts, weight: 2}}");
            }
            source.require(key(name));
        });
        return Collections.unmodifiableMap(sorted);
    }

    /** Requires settings that a mixture can have. */
    static void require(String source, WatchConfig watch, Integer epochs) {
        if (source != null) {
            throw new UsageException("corpus.source and corpora are both given; set corpora to null to publish one"
                    + " corpus, or name it in corpora too");
        }
        if (watch != null) {
            throw new UsageException("corpus.watch and corpora are both given; publish a folder in which files keep"
                    + " arriving by a producer of its own, under a name of its own");
        }
        if (epochs != null) {
            throw new UsageException("corpus.epochs and corpora are both given; each source has its own epochs:"
                    + " corpora.NAME.epochs");
        }
    }

    /** Name of a mixture: those of its sources. */
    static String nameOf(Map<String, MixtureSource> sources) {
        String names = String.join("+", sources.keySet());
        return names.length() <= BatchKey.MAX_CORPUS_LENGTH ? names : sources.size() + " corpora";
    }

    /** The sources of a mixture, each as a corpus of its own; any other corpus as the only one. */
    public static List<CorpusConfig> sources(CorpusConfig corpus) {
        return corpus.mixture() == null
                ? List.of(corpus)
                : corpus.mixture().entrySet().stream()
                        .map(source -> naming(key(source.getKey()), () -> source(corpus, source.getKey())))
                        .toList();
    }

    /** A source of a mixture as a corpus. The held-out part of a source is one pass over all of it. */
    private static CorpusConfig source(CorpusConfig corpus, String key) {
        MixtureSource of = corpus.mixture().get(key);
        return new CorpusConfig(
                of.source(),
                key,
                of.format() == null ? corpus.format() : of.format(),
                of.textField() == null ? corpus.textField() : of.textField(),
                of.damaged() == null ? corpus.damaged() : of.damaged(),
                of.include() == null ? corpus.include() : of.include(),
                corpus.shuffleSeed(),
                corpus.shardBytes(),
                corpus.contextLength(),
                corpus.rows(),
                corpus.heldOutPart() ? null : of.maxTokens(),
                corpus.holdOut(),
                corpus.heldOutPart(),
                null,
                corpus.documents(),
                corpus.beginOfText(),
                corpus.endOfText(),
                corpus.tokenizing(),
                corpus.heldOutPart() || of.epochs() == 1 ? null : of.epochs(),
                null);
    }

    /** A corpus as one pass over all of its text. */
    public static CorpusConfig onePass(CorpusConfig corpus) {
        return new CorpusConfig(
                corpus.source(),
                corpus.name(),
                corpus.format(),
                corpus.textField(),
                corpus.damaged(),
                corpus.include(),
                corpus.shuffleSeed(),
                corpus.shardBytes(),
                corpus.contextLength(),
                corpus.rows(),
                null,
                corpus.holdOut(),
                corpus.heldOutPart(),
                corpus.watch(),
                corpus.documents(),
                corpus.beginOfText(),
                corpus.endOfText(),
                corpus.tokenizing(),
                null,
                corpus.mixture());
    }

    /** Weight of a source of a corpus. */
    public static double weight(CorpusConfig corpus, String source) {
        return corpus.mixture() == null ? 1 : corpus.mixture().get(source).weight();
    }

    /** Runs an action on a source of a corpus; its errors name the source if the corpus is a mixture. */
    public static <T> T naming(CorpusConfig corpus, String source, Supplier<T> action) {
        return corpus.mixture() == null ? action.get() : naming(key(source), action);
    }

    private static <T> T naming(String key, Supplier<T> action) {
        try {
            return action.get();
        } catch (UsageException e) {
            throw new UsageException(key + ": " + e.getMessage());
        } catch (LogitstreamException e) {
            if (e.getClass() != LogitstreamException.class) {
                throw e;
            }
            throw new LogitstreamException(key + ": " + e.getMessage(), e);
        }
    }

    private static String key(String name) {
        return "corpora." + name;
    }
}
