package io.logitstream.exploration.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.ConfigFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads plans: YAML files and built-in plans. */
public final class ExplorationPlans {
    /** Names of the built-in plans, those of the paper first, in its order. */
    public static final List<String> SHIPPED = List.of(
            "truncation",
            "temperature",
            "adaptive-temperature",
            "loss",
            "alpha",
            "schedules",
            "student-size",
            "tokens",
            "online",
            "best",
            "parts",
            "defaults",
            "tail",
            "sampling",
            "scaling",
            "routing",
            "pruned",
            "documents",
            "begin-of-text");

    private ExplorationPlans() {}

    /**
     * Reads a plan.
     *
     * @param nameOrFile name of a built-in plan, or a YAML file
     * @param over {@code key=value} settings of the plan that override the file
     * @throws UsageException if there is no such plan or it is invalid
     */
    public static ExplorationPlan read(String nameOrFile, List<String> over) {
        boolean shipped = SHIPPED.contains(nameOrFile);
        Path file = Path.of(nameOrFile);
        if (!shipped && !Files.isRegularFile(file)) {
            throw new UsageException(
                    "plan " + nameOrFile + " is neither a file nor one of " + String.join(", ", SHIPPED));
        }
        ObjectNode tree = shipped ? ConfigFile.parse(text(nameOrFile), "plan " + nameOrFile) : ConfigFile.read(file);
        String name = shipped ? nameOrFile : file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
        ConfigFile.set(tree, over);
        return ConfigFile.bind(tree, ExplorationPlan.class, "plan").named(name);
    }

    /** YAML text of a built-in plan. */
    public static String text(String shipped) {
        try (InputStream in = ExplorationPlan.class.getResourceAsStream(shipped + ".yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new LogitstreamException("plan " + shipped + " cannot be read: " + FailureText.of(e), e);
        }
    }
}
