package io.logitstream.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.schemas.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What comes with logitstream: the default corpus, held-out text and teacher, found below its home folder. */
final class Defaults {
  private static final String HOME = "logitstream.home";
  private static final long CORPUS_TOKENS = 400_000;
  private static final long HELD_OUT_TOKENS = 60_000;

  private Defaults() {}

  /** Defaults that name files, as the lowest layer of the configuration. */
  static ObjectNode tree() {
    ObjectNode tree = new ObjectMapper().createObjectNode();
    Path home = home();
    corpus(tree.putObject("corpus"), home, "kafka-clients", CORPUS_TOKENS);
    corpus(tree.putObject("heldOut"), home, "kafka-streams", HELD_OUT_TOKENS);
    tree.put("teacher", home.resolve("teachers/java-4m").toString());
    return tree;
  }

  private static void corpus(ObjectNode corpus, Path home, String module, long tokens) {
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
            .findFirst().orElse(folder.resolve(module + "-sources.jar"));
      } catch (IOException e) {
        throw new UsageException(folder + " cannot be listed: " + e);
      }
    }
    return folder.resolve(module + "-sources.jar");
  }

  private static Path home() {
    return Path.of(System.getProperty(HOME, "")).toAbsolutePath().normalize();
  }
}
