package io.logitstream.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.cli.explore.ExplorationPlan;
import io.logitstream.messages.FailureText;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Plans of explorations: YAML files, and those that come with logitstream. */
final class ExplorationPlans {
  /** Built-in plans, in the order of the paper. */
  static final List<String> SHIPPED = List.of("truncation", "temperature", "adaptive-temperature", "loss", "alpha",
      "schedules", "student-size", "tokens", "online", "best", "sampling", "scaling");

  private ExplorationPlans() {}

  /**
   * Reads a plan.
   *
   * @param nameOrFile name of a shipped plan, or a YAML file
   * @param over {@code key=value} settings of the plan itself, laid over it
   * @throws UsageException when there is none, or it does not fit
   */
  static ExplorationPlan read(String nameOrFile, List<String> over) {
    boolean shipped = SHIPPED.contains(nameOrFile);
    Path file = Path.of(nameOrFile);
    if (!shipped && !Files.isRegularFile(file)) {
      throw new UsageException("plan " + nameOrFile + " is neither a file nor one of " + String.join(", ", SHIPPED));
    }
    ObjectNode tree = shipped ? ConfigFile.parse(text(nameOrFile), "plan " + nameOrFile) : ConfigFile.read(file);
    String name = shipped ? nameOrFile : file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
    ConfigFile.set(tree, over);
    return ConfigFile.bind(tree, ExplorationPlan.class, "plan").named(name);
  }

  /** Text of a shipped plan. */
  static String text(String shipped) {
    try (InputStream in = ExplorationPlan.class.getResourceAsStream(shipped + ".yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new LogitstreamException("plan " + shipped + " cannot be read: " + FailureText.of(e), e);
    }
  }
}
