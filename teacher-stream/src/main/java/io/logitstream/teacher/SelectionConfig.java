package io.logitstream.teacher;

import io.logitstream.schemas.Selection;
import io.logitstream.schemas.UsageException;

/**
 * Which of the teacher's logits are kept: top-p, then top-k, on the temperature-1 probabilities (paper, section 2).
 *
 * @param topP the smallest set, most likely first, whose mass reaches this is kept, the token that crosses it
 *     included; 0.95 by default
 * @param topK of those, at most this many; 50 by default
 */
public record SelectionConfig(Double topP, Integer topK) {
  /** Fills in the defaults. */
  public SelectionConfig {
    topP = topP == null ? 0.95 : topP;
    topK = topK == null ? 50 : topK;
    if (!(topP > 0 && topP <= 1)) {
      throw new UsageException("selection.topP " + topP + " is not in (0, 1]");
    }
    if (topK < 1) {
      throw new UsageException("selection.topK " + topK + " is not positive");
    }
  }

  Selection record() {
    return new Selection("top-p-top-k", topP, topK, 0, 0L);
  }
}
