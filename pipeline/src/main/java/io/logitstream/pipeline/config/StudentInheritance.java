package io.logitstream.pipeline.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import io.logitstream.student.config.StudentConfig;
import java.util.List;
import java.util.Map;

/** Merges the settings of each named student, and of the model of {@code pretrain}, over those of the top level. */
final class StudentInheritance {
    private static final List<String> PARTS = List.of("student", "training", "loss");
    private static final List<String> PRETRAIN_PARTS = List.of("student", "training");
    private static final String STUDENTS = "students";
    private static final String PRETRAIN = "pretrain";

    private StudentInheritance() {}

    /**
     * Completes {@code students} and {@code pretrain} in a configuration. Without students, adds a distilled one and a
     * baseline.
     *
     * @param tree configuration, which is changed
     * @param flags settings that override those of each student
     * @throws UsageException if students is not a map of valid names
     */
    static void complete(ObjectNode tree, ObjectNode flags) {
        if (!tree.hasNonNull(STUDENTS)) {
            ObjectNode students = tree.putObject(STUDENTS);
            students.putObject("pd");
            students.putObject("lm").putObject("loss").put("alpha", 0);
        }
        if (!(tree.get(STUDENTS) instanceof ObjectNode students) || students.isEmpty()) {
            throw new UsageException(
                    "students: expected a map of names, as in students: {large: {student: {layers: 6}}}");
        }
        for (Map.Entry<String, JsonNode> entry : students.properties()) {
            if (!entry.getKey().matches("[A-Za-z0-9._-]+") || entry.getKey().equals("teacher")) {
                throw new UsageException(
                        "students." + entry.getKey()
                                + ": the name of a student consists of letters, digits, dots, dashes and underscores, and is not 'teacher'");
            }
            ObjectNode own = over(tree, entry.getValue(), PARTS);
            ConfigFile.merge(own, flags.deepCopy());
            entry.setValue(own);
        }
        tree.set(PRETRAIN, over(tree, tree.path(PRETRAIN), PRETRAIN_PARTS));
    }

    private static ObjectNode over(ObjectNode tree, JsonNode own, List<String> parts) {
        ObjectNode whole = ConfigFile.empty();
        for (String part : parts) {
            whole.set(part, tree.path(part).isObject() ? tree.get(part).deepCopy() : ConfigFile.empty());
        }
        if (own instanceof ObjectNode settings) {
            StudentConfig.makeRoom((ObjectNode) whole.get("student"), settings.path("student"));
            ConfigFile.merge(whole, settings);
        }
        return whole;
    }
}
