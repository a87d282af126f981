package io.logitstream.pipeline.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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

/** What comes with logitstream: the default corpus, held-out text and teacher, found below its home folder. */
public final class Defaults {
    private static final String HOME = "logitstream.home";
    private static final long CORPUS_TOKENS = 400_000;
    private static final long HELD_OUT_TOKENS = 60_000;
    private static final int HOLD_OUT = 20;

    private Defaults() {}

    /**
     * Defaults that name files, as the layer below what is chosen. A corpus of the user's comes without the default corpus'
     * name, file patterns and limit; without text to evaluate on, every twentieth document of it is held out, unless
     * corpus.holdOut is null.
     *
     * @param chosen settings of file and command line; a source that is null is taken out, since it stands for the default
     */
    public static ObjectNode suiting(ObjectNode chosen) {
        for (String texts : List.of("corpus", "heldOut")) {
            if (chosen.get(texts) instanceof ObjectNode part
                    && part.path("source").isNull()) {
                part.remove("source");
            }
        }
        ObjectNode tree = new ObjectMapper().createObjectNode();
        Path home = home();
        JsonNode corpus = chosen.path("corpus");
        boolean ownCorpus = corpus.hasNonNull("source");
        if (!ownCorpus) {
            sources(tree.putObject("corpus"), home, "kafka-clients", CORPUS_TOKENS);
        }
        ObjectNode heldOut = tree.putObject("heldOut");
        for (String shape : List.of("contextLength", "rows")) {
            if (corpus.hasNonNull(shape)) {
                heldOut.set(shape, corpus.get(shape));
            }
        }
        if (chosen.path("heldOut").hasNonNull("source")) {
            heldOut.put("name", "held-out");
        } else if (!ownCorpus) {
            sources(heldOut, home, "kafka-streams", HELD_OUT_TOKENS);
        } else if (readOnce(corpus.get("source").asText())
                || corpus.has("holdOut") && corpus.get("holdOut").isNull()) {
            // Nothing of it is left to evaluate on.
            tree.remove("heldOut");
            chosen.remove("heldOut");
        } else {
            holdOut(tree, heldOut, corpus);
        }
        tree.put("teacher", home.resolve("teachers/java-4m").toString());
        return tree;
    }

    /** Whether a source, standard input or a pipe, gives its text only once. */
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
        heldOut.setAll((ObjectNode) corpus.deepCopy());
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
