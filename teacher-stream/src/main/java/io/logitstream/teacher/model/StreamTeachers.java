package io.logitstream.teacher.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.files.BoundedFiles;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.TeacherServer;
import io.logitstream.teacher.served.client.TeacherServers;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the teacher of a configuration: a model with its weights, or a server that has them. */
public final class StreamTeachers {
    private static final String CONFIG = "config.json";

    private StreamTeachers() {}

    /**
     * Opens a teacher.
     *
     * @param path Hugging Face folder with its tokenizer, or a TorchScript file beside a tokenizer; for a served teacher
     *     a folder with the tokenizer and {@code config.json}
     * @param config settings of the teacher
     * @param selection which logits are kept
     * @throws UsageException when tokenizer, model and settings do not fit
     */
    public static StreamTeacher open(Path path, TeachConfig config, SelectionConfig selection) {
        return config.server() == null ? TeacherLoader.load(path, config, selection) : served(path, config, selection);
    }

    /** Opens a served teacher, as above. */
    public static ServedTeacher served(Path path, TeachConfig config, SelectionConfig selection) {
        ServerConfig settings = config.server();
        int topLogprobs = ServedSelection.requireTopLogprobs(selection, settings);
        try (Tokenizer tokenizer = Tokenizer.load(path)) {
            int vocabularySize = tokenizer.vocabularySize();
            ScoringRequirements requirements =
                    new ScoringRequirements(topLogprobs, vocabularySize, vocabularyOfModel(path, vocabularySize));
            TeacherServer server = TeacherServers.connect(settings, requirements, tokenizer);
            return new ServedTeacher(server, config.id(), selection, settings.requests(), tokenizer.identity());
        }
    }

    /**
     * Requires that the answers of a server are enough for a selection, without asking it.
     *
     * @throws UsageException if they are not
     */
    public static void requireSelection(SelectionConfig selection, ServerConfig server) {
        ServedSelection.requireTopLogprobs(selection, server);
    }

    // Only the size is read: a server runs models of families that this program does not know.
    private static int vocabularyOfModel(Path path, int tokenizer) {
        Path file = path.resolve(CONFIG);
        if (!Files.isRegularFile(file)) {
            throw new UsageException(path.toAbsolutePath() + " has no " + CONFIG
                    + "; a served teacher needs the tokenizer and the configuration of its model there");
        }
        JsonNode config = BoundedFiles.json(file, BoundedFiles.MAX_CONFIG);
        JsonNode size = config.path("vocab_size").isInt()
                ? config.path("vocab_size")
                : config.path("text_config").path("vocab_size");
        if (!size.isInt() || size.intValue() < 1) {
            throw new UsageException(file.toAbsolutePath() + " has no vocab_size; use the file of the served model");
        }
        TeacherLoader.requireVocabulary(size.intValue(), tokenizer, path);
        return size.intValue();
    }
}
