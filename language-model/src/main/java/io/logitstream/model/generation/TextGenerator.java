package io.logitstream.model.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.config.RopeScaling;
import io.logitstream.model.layers.KeyValueCache;
import java.util.Arrays;
import java.util.Set;
import java.util.function.IntConsumer;

/** Continues token sequences with a model, one token a forward pass. */
public final class TextGenerator {
    private final LanguageModel model;
    private final int vocabularySize;
    private final Set<Integer> stops;

    /**
     * A generator.
     *
     * @param model its model
     * @param vocabularySize tokens to choose from, the tokenizer's; rows of the model's head beyond it stand for none
     * @param stops ids that end a text
     */
    public TextGenerator(LanguageModel model, int vocabularySize, Set<Integer> stops) {
        this.model = model;
        this.vocabularySize = vocabularySize;
        this.stops = Set.copyOf(stops);
        if (vocabularySize > model.config().vocabularySize()) {
            throw new ModelException(
                    "the tokenizer has " + vocabularySize + " tokens, more than the vocabulary of the model, "
                            + model.config().vocabularySize());
        }
    }

    /**
     * Generates up to a stop, the number of tokens asked for, or the end of the model's context.
     *
     * @param prompt ids to continue, at least one
     * @param maxTokens most tokens to generate
     * @param sampler chooses the tokens
     * @param listener hears of each token as it comes, a stop excepted
     * @return whether a stop has ended the text
     * @throws ModelException when the prompt leaves no room in the model's context
     */
    public boolean generate(int[] prompt, int maxTokens, Sampler sampler, IntConsumer listener) {
        int room = model.config().maxPositions();
        if (prompt.length == 0 || prompt.length >= room) {
            throw new ModelException("a prompt of " + prompt.length
                    + " tokens cannot be continued: the model's context holds 1 to " + room + ", with the answer");
        }
        int most = (int) Math.min(maxTokens, (long) room - prompt.length);
        RopeScaling scaling = model.config().rope().scaling();
        // The last token generated is not read any more.
        try (KeyValueCache cache = model.newCache(1, prompt.length + Math.max(0, most - 1))) {
            int[] all = Arrays.copyOf(prompt, prompt.length + most);
            int[] next = prompt;
            for (int i = 0; i < most; i++) {
                if (cache.length() > 0 && !scaling.keepsAngles(cache.length(), cache.length() + next.length)) {
                    cache.clear();
                    next = Arrays.copyOf(all, prompt.length + i);
                }
                int token = sampler.next(logits(next, cache));
                if (stops.contains(token)) {
                    return true;
                }
                listener.accept(token);
                all[prompt.length + i] = token;
                next = new int[] {token};
            }
        }
        return false;
    }

    private float[] logits(int[] ids, KeyValueCache cache) {
        try (NDManager scope = model.newScope()) {
            NDArray hidden_BTD = model.hidden(scope.create(ids, new Shape(1, ids.length)), cache);
            NDArray last_BD = hidden_BTD.get(":, -1");
            float[] logits = model.logitsOf(last_BD).toFloatArray();
            return logits.length == vocabularySize ? logits : Arrays.copyOf(logits, vocabularySize);
        }
    }
}
