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

/** Continues a sequence of tokens with a model, with one forward pass for each token. */
public final class TextGenerator {
    private final LanguageModel model;
    private final int vocabularySize;
    private final Set<Integer> stops;

    /**
     * A generator.
     *
     * @param model its model; the caller closes it
     * @param vocabularySize number of tokens to choose from, that of the tokenizer; further rows of the output head
     *     are padding
     * @param stops ids that end a text
     * @throws ModelException if the tokenizer has more tokens than the model
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
     * Generates tokens until a stop token, the given number of tokens or the end of the model's context.
     *
     * @param prompt ids to continue, at least one
     * @param maxTokens largest number of tokens to generate
     * @param sampler chooses the tokens
     * @param listener receives each token when it is generated, except a stop token
     * @return whether a stop token ended the text
     * @throws ModelException if the prompt is empty or fills the model's context
     */
    public boolean generate(int[] prompt, int maxTokens, Sampler sampler, IntConsumer listener) {
        int room = model.config().maxPositions();
        if (prompt.length == 0 || prompt.length >= room) {
            throw new ModelException("a prompt of " + prompt.length
                    + " tokens cannot be continued: the model's context of " + room
                    + " tokens has room for prompts of 1 to "
                    + (room - 1));
        }
        int most = (int) Math.min(maxTokens, (long) room - prompt.length);
        RopeScaling scaling = model.config().rope().scaling();
        // The last generated token is not fed to the model again.
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
