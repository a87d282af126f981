package io.logitstream.student.evaluation;

import io.logitstream.messages.UsageException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.model.tokenizer.TokenizerVocabulary;
import java.nio.file.Files;
import java.nio.file.Path;

/** Check that the ids of a topic mean the same tokens to an evaluated model. */
final class VocabularyCheck {
    private VocabularyCheck() {}

    /**
     * Requires that a model has a row for each id, and that a tokenizer.json in its folder has the same ids and merges.
     *
     * @param path folder of the model, or a TorchScript file
     * @param model the model
     * @param tokenizer tokenizer of the topic
     */
    static void require(Path path, CausalModel model, Tokenizer tokenizer) {
        if (model.vocabularySize() < tokenizer.vocabularySize()) {
            throw new UsageException(path.toAbsolutePath() + ": its vocabulary of " + model.vocabularySize()
                    + " is smaller than the topic's, " + tokenizer.vocabularySize());
        }
        if (!Files.exists(path.resolve("tokenizer.json"))
                || Tokenizer.hashOf(path).equals(tokenizer.hash())) {
            return;
        }
        String difference = TokenizerVocabulary.read(path).difference(tokenizer.vocabulary());
        if (difference != null) {
            throw new UsageException(path.toAbsolutePath() + " has another tokenizer than the topic: " + difference);
        }
    }
}
