package io.logitstream.teacher.served.vllm;

import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.AnswerReader;
import io.logitstream.teacher.served.wire.EchoCheck;
import io.logitstream.teacher.served.wire.RequestBuffer;

/**
 * {@code /inference/v1/generate}, which newer versions of vLLM have. A request takes one prompt. The server does not
 * turn ids into text, which otherwise limits its speed.
 */
final class GenerateEndpoint extends VllmEndpoint {

    GenerateEndpoint(String model, ScoringRequirements requirements) {
        super("/inference/v1/generate", model, requirements);
    }

    @Override
    public boolean takesSeveralPrompts() {
        return false;
    }

    @Override
    public void write(int[][] prompts, RequestBuffer into) {
        into.start();
        into.raw("{\"model\":").string(model).raw(",\"token_ids\":").ids(prompts[0]);
        into.raw(",\"stream\":false,\"sampling_params\":{\"max_tokens\":1,\"temperature\":0,\"prompt_logprobs\":"
                + requirements.entries() + ",\"detokenize\":false}}");
    }

    @Override
    public AnswerReader newReader() {
        VllmPositions positions = new VllmPositions(requirements);
        return (json, prompts, into) -> {
            boolean found = false;
            json.beginObject();
            while (json.nextName()) {
                if (json.nameIs(PROMPT_LOGPROBS)) {
                    positions.read(json, prompts[0], into[0]);
                    found = true;
                } else if (json.nameIs(PROMPT_TOKEN_IDS)) {
                    EchoCheck.requireIds(json, prompts[0]);
                } else if (json.nameIs(MODEL)) {
                    EchoCheck.requireModel(json, model);
                } else {
                    json.skip();
                }
            }
            if (!found) {
                throw new AnswerException("has no prompt_logprobs");
            }
        };
    }
}
