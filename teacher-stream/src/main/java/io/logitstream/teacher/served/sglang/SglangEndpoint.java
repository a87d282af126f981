package io.logitstream.teacher.served.sglang;

import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.wire.AnswerReader;
import io.logitstream.teacher.served.wire.RequestBuffer;
import io.logitstream.teacher.served.wire.ScoringEndpoint;

/** {@code /generate}. A request takes several prompts. */
final class SglangEndpoint implements ScoringEndpoint {
    private final ScoringRequirements requirements;

    SglangEndpoint(ScoringRequirements requirements) {
        this.requirements = requirements;
    }

    @Override
    public String path() {
        return "/generate";
    }

    @Override
    public boolean takesSeveralPrompts() {
        return true;
    }

    @Override
    public int mostBytesPerEntry() {
        // The nested format with its numbers, ids and perhaps the texts of tokens.
        return 1024;
    }

    @Override
    public void write(int[][] prompts, RequestBuffer into) {
        into.start();
        into.raw("{\"input_ids\":").ids(prompts);
        // The default of logprob_start_len leaves out the prompt.
        into.raw(",\"sampling_params\":{\"temperature\":0,\"max_new_tokens\":0},\"return_logprob\":true,"
                + "\"logprob_start_len\":0,\"top_logprobs_num\":" + requirements.entries()
                + ",\"return_flat_raw_top_logprobs\":true,\"return_flat_raw_top_logprobs_b64\":true,"
                + "\"stream\":false}");
    }

    @Override
    public AnswerReader newReader() {
        return new SglangAnswerReader(requirements);
    }
}
