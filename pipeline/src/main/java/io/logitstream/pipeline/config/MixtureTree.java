package io.logitstream.pipeline.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.source.MixtureSource;
import java.util.List;
import java.util.Map;

/** Gives the sources in {@code corpora} to the corpus and, unless it has a source of its own, to the held-out text. */
final class MixtureTree {
    private static final String CORPORA = "corpora";
    private static final String MIXTURE = "mixture";

    record Named(Map<String, MixtureSource> corpora) {}

    private MixtureTree() {}

    /** Whether a configuration names the sources of a mixture. */
    static boolean isGiven(ObjectNode given) {
        JsonNode corpora = given.path(CORPORA);
        return !corpora.isMissingNode() && !corpora.isNull() && !corpora.isEmpty();
    }

    /**
     * Completes {@code corpus} and {@code heldOut}. A source that is null is left out.
     *
     * @param tree configuration, which is changed
     * @throws UsageException if corpora is not a map of names
     */
    static void complete(ObjectNode tree) {
        for (String text : List.of("corpus", "heldOut")) {
            if (tree.path(text).has(MIXTURE)) {
                throw new UsageException("unknown configuration key " + text + "." + MIXTURE
                        + "; name the sources of a mixture in corpora");
            }
        }
        if (!tree.hasNonNull(CORPORA)) {
            tree.remove(CORPORA);
            return;
        }
        if (!(tree.get(CORPORA) instanceof ObjectNode corpora)) {
            throw new UsageException("corpora: expected a map of names, as in corpora: {web: {source: data/web, weight:"
                    + " 3}, books: {source: data/books}}");
        }
        corpora.properties().stream()
                .filter(source -> source.getValue().isNull())
                .map(Map.Entry::getKey)
                .toList()
                .forEach(corpora::remove);
        if (corpora.isEmpty()) {
            return;
        }
        // Before the whole is bound, so that a message names the key as it was given.
        ConfigFile.bind(ConfigFile.empty().set(CORPORA, corpora), Named.class, "configuration");
        for (String text : List.of("corpus", "heldOut")) {
            if (text.equals("corpus")
                    || tree.hasNonNull(text) && !tree.get(text).hasNonNull("source")) {
                ObjectNode part = tree.get(text) instanceof ObjectNode settings ? settings : tree.putObject(text);
                part.set(MIXTURE, corpora.deepCopy());
            }
        }
    }
}
