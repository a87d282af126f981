package io.logitstream.teacher.served;

import io.logitstream.teacher.config.ServerKind;

/**
 * A model as its server describes it. What a server does not tell is null.
 *
 * @param api kind of server
 * @param name name of the model on the server
 * @param version version of the server's program; null if not told
 * @param revision revision or path of the weights; null if not told
 * @param maxPrompt tokens of the longest prompt that can be scored; null if not told
 * @param vocabularySize rows of the model's output head; null if not told
 * @param maxLogprobs log-probabilities that the server gives at a position at most; null if not told
 */
public record ServedModel(
        ServerKind api,
        String name,
        String version,
        String revision,
        Integer maxPrompt,
        Integer vocabularySize,
        Integer maxLogprobs) {}
