package io.logitstream.pipeline.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The defaults that name files of the installation: corpus, held-out text and teacher. */
final class BundledDefaults {
    private static final String HOME = "logitstream.home";
    private static final long CORPUS_TOKENS = 400_000;
    private static final long HELD_OUT_TOKENS = 60_000;
    private static final int HOLD_OUT = 20;

    private BundledDefaults() {}

    /** Removes the sources that are null, since null stands for the default. */
    static ObjectNode withoutNullSources(ObjectNode given) {
        for (String text : List.of("corpus", "heldOut")) {
            if (given.get(text) instanceof ObjectNode part
                    && part.path("source").isNull()) {
                part.remove("source");
            }
        }
        return given;
    }

    /**
     * Defaults that name files, to be merged below what is given. Each is complete: a corpus of the user's own has none of
     * the default corpus's name, file patterns and limit. Without a held-out text, every twentieth document of the user's
     * corpus is held out, unless {@code corpus.holdOut} is null or the corpus can be read only once; {@code heldOut} is
     * then removed from what is given.
     *
     * @param given settings of file and command line
     */
    static ObjectNode below(ObjectNode given) {
        ObjectNode tree = ConfigFile.empty();
        Path home = home();
        JsonNode corpus = given.path("corpus");
        boolean mixture = MixtureTree.isGiven(given);
        boolean ownCorpus = mixture || corpus.hasNonNull("source");
        if (!ownCorpus) {
            sources(tree.putObject("corpus"), home, "kafka-clients", CORPUS_TOKENS);
        }
        ObjectNode heldOut = tree.putObject("heldOut");
        for (String shape : List.of("contextLength", "rows", "documents", "beginOfText", "endOfText")) {
            if (corpus.hasNonNull(shape)) {
                heldOut.set(shape, corpus.get(shape));
            }
        }
        if (given.path("heldOut").hasNonNull("source")) {
            heldOut.put("name", "held-out");
        } else if (!ownCorpus) {
            sources(heldOut, home, "kafka-streams", HELD_OUT_TOKENS);
        } else if (!mixture && readOnce(corpus.get("source").asText())
                || corpus.has("holdOut") && corpus.get("holdOut").isNull()) {
            // The corpus leaves no text to evaluate on.
            tree.remove("heldOut");
            given.remove("heldOut");
        } else {
            holdOut(tree, heldOut, corpus);
        }
        tree.put("teacher", home.resolve("teachers/java-4m").toString());
        return tree;
    }

    /** Whether a source can be read only once, as standard input or a pipe. */
    private static boolean readOnce(String source) {
        if (source.equals(CorpusConfig.STANDARD_INPUT)) {
            return true;
        }
        try {
            Path path = Path.of(source);
            return Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static void holdOut(ObjectNode tree, ObjectNode heldOut, JsonNode corpus) {
        tree.putObject("corpus").put("holdOut", HOLD_OUT);
        if (corpus instanceof ObjectNode settings) {
            heldOut.setAll(settings.deepCopy());
        }
        heldOut.put("name", "held-out");
        heldOut.put("maxTokens", HELD_OUT_TOKENS);
        heldOut.put("heldOutPart", true);
        if (!heldOut.hasNonNull("holdOut")) {
            heldOut.put("holdOut", HOLD_OUT);
        }
    }

    private static void sources(ObjectNode corpus, Path home, String module, long tokens) {
        corpus.put("source", sources(home, module).toString());
        corpus.put("name", module);
        corpus.putArray("include").add("*.java");
        corpus.put("maxTokens", tokens);
    }

    private static Path sources(Path home, String module) {
        Path folder = home.resolve("cli/target/corpus");
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                return files.filter(file -> file.getFileName().toString().matches(module + "-[0-9.]+-sources\\.jar"))
                        .findFirst()
                        .orElse(folder.resolve(module + "-sources.jar"));
            } catch (IOException e) {
                throw new UsageException(folder + " cannot be listed: " + FailureText.of(e));
            }
        }
        return folder.resolve(module + "-sources.jar");
    }

    private static Path home() {
        return Path.of(System.getProperty(HOME, "")).toAbsolutePath().normalize();
    }
}
