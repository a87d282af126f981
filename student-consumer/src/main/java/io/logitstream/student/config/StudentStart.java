package io.logitstream.student.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.files.Sha256;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.model.tokenizer.TokenizerVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The model in a Hugging Face folder that a student starts from ({@code student.from}). */
public final class StudentStart {
    /** Key of the settings of a run with the start's folder, which is not part of the run's identity. */
    private static final String FOLDER = "folder";

    private static final String WEIGHTS = "from";
    private static final String CONFIG = "config";
    private static final Logger LOG = LoggerFactory.getLogger(StudentStart.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private StudentStart() {}

    /**
     * What decides the student that a folder is the start of.
     *
     * @param from SHA-256 of the weights
     * @param config SHA-256 of {@code config.json}
     */
    public record Content(String from, String config) {}

    /** Content of a start's folder; reads all of its weights. */
    public static Content content(String from) {
        Path folder = folder(from);
        return new Content(ModelWeights.hash(folder), configHash(folder));
    }

    private static String configHash(Path folder) {
        try {
            return Sha256.hex(List.of(folder.resolve("config.json")));
        } catch (IOException e) {
            throw new ModelException(folder + ": config.json cannot be read: " + FailureText.of(e), e);
        }
    }

    /**
     * The folder of a start.
     *
     * @throws UsageException if it does not exist
     */
    public static Path folder(String from) {
        Path folder = path(from);
        if (!Files.isDirectory(folder)) {
            throw new UsageException("student.from: folder " + folder + " does not exist");
        }
        return folder;
    }

    private static Path path(String from) {
        try {
            return Path.of(from).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new UsageException("student.from: " + FailureText.of(e));
        }
    }

    /**
     * The shape of a start.
     *
     * @throws UsageException if the folder does not exist, or if its family can teach only
     */
    static ModelConfig config(String from) {
        Path folder = folder(from);
        ModelConfig config = LanguageModels.config(folder);
        try {
            ModelFamilies.requireTrainable(config);
        } catch (ModelException e) {
            throw new UsageException("student.from: " + folder + ": " + e.getMessage());
        }
        return config;
    }

    /**
     * Requires that a student can start from a folder: that its weights are those of its configuration, and that ids
     * mean the same tokens. Reads no weights.
     *
     * @param from folder of the start
     * @param tokenizer tokenizer of the run
     * @param device device on which the student is trained
     * @throws UsageException if the start does not fit the run
     * @throws ModelException if the folder cannot be used
     */
    public static void require(String from, Tokenizer tokenizer, String device) {
        ModelConfig config = config(from);
        Path folder = folder(from);
        LanguageModels.check(folder, device);
        if (config.vocabularySize() < tokenizer.vocabularySize()) {
            throw new UsageException("student.from: the vocabulary of " + folder + " has " + config.vocabularySize()
                    + " ids, but tokenizer " + tokenizer.file() + " has " + tokenizer.vocabularySize());
        }
        if (Files.exists(folder.resolve("tokenizer.json"))) {
            requireSameIds(TokenizerVocabulary.read(folder), tokenizer);
        }
    }

    private static void requireSameIds(TokenizerVocabulary start, Tokenizer tokenizer) {
        TokenizerVocabulary ofRun = tokenizer.vocabulary();
        String difference = start.difference(ofRun);
        if (difference != null) {
            throw new UsageException("student.from: the start has another tokenizer than the run: " + difference);
        }
        String rule = start.ruleThatDiffers(ofRun);
        if (rule != null) {
            LOG.warn(
                    "the tokenizer of the start splits texts by other rules than {}: {} differs; ids stand for the same"
                            + " tokens",
                    tokenizer.file(),
                    rule);
        }
    }

    /**
     * The settings of a student by which a run is recognised. A start stands there by the SHA-256 of its weights and that
     * of its {@code config.json}. Checkpoints of earlier versions do not have the latter, which is then left out.
     *
     * @param student the student
     * @param saved settings of the run's last checkpoint; null for none. If the folder of the start is gone, the
     *     content named there is taken for its: the run continues from the checkpoint and needs the folder no more
     */
    public static JsonNode identity(StudentConfig student, JsonNode saved) {
        ObjectNode settings = JSON.valueToTree(student);
        if (student.from() == null) {
            return settings;
        }
        Path folder = path(student.from());
        JsonNode before = saved == null ? JSON.missingNode() : saved.path("student");
        boolean gone = !Files.exists(folder)
                && folder.toString().equals(before.path(FOLDER).asText());
        if (gone) {
            LOG.warn("the start of this run, {}, is no longer there; the run continues from its checkpoint", folder);
        }
        ObjectNode identity = JSON.createObjectNode();
        identity.put(WEIGHTS, gone ? before.path(WEIGHTS).asText() : ModelWeights.hash(folder(student.from())));
        if (saved == null || before.has(CONFIG)) {
            identity.put(CONFIG, gone ? before.path(CONFIG).asText() : configHash(folder));
        }
        identity.put(FOLDER, folder.toString());
        identity.setAll(changes(student));
        return identity;
    }

    /** A copy of a run's settings without the folder of the start, which has no influence. */
    public static JsonNode withoutFolder(JsonNode settings) {
        JsonNode copy = settings.deepCopy();
        if (copy.path("student") instanceof ObjectNode student) {
            student.remove(FOLDER);
        }
        return copy;
    }

    /** Settings of a student that change the model of its start: those of the rotary embedding. */
    public static ObjectNode changes(StudentConfig student) {
        ObjectNode changes = JSON.createObjectNode();
        if (student.ropeTheta() != null) {
            changes.put("ropeTheta", student.ropeTheta());
        }
        if (student.ropeScaling() != null) {
            changes.set("ropeScaling", JSON.valueToTree(student.ropeScaling()));
        }
        return changes;
    }

    /**
     * Loads the model as a student.
     *
     * @param student settings with a start
     * @param contextLength longest context that the student is trained on
     * @param endOfText token that ends documents of the run
     * @param device {@code cpu} or {@code cuda:N}
     */
    public static LanguageModel load(StudentConfig student, int contextLength, int endOfText, String device) {
        return LanguageModels.load(
                folder(student.from()), device, start -> student.started(start, contextLength, endOfText));
    }
}
