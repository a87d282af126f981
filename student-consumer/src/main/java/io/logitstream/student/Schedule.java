package io.logitstream.student;

import io.logitstream.schemas.UsageException;

/** A factor over the course of training, by the part of the token budget that is done. */
@FunctionalInterface
interface Schedule {
  /**
   * The factor.
   *
   * @param progress tokens done by tokens in all, in [0, 1]
   * @return factor in [0, 1]
   */
  double at(double progress);

  /**
   * A schedule by name, each with linear warmup first: {@code constant}; {@code cosine} down to a tenth;
   * {@code wsd}, stable and then a cosine down to zero over the last part (paper, section 3.3).
   */
  static Schedule named(String name, double warmup, double decay) {
    Schedule main = switch (name) {
      case "constant" -> progress -> 1;
      case "cosine" -> progress -> 0.1 + 0.9 * fall(progress - warmup, 1 - warmup);
      case "wsd" -> progress -> fall(progress - (1 - decay), decay);
      default -> throw new UsageException("training.schedule '" + name + "' is none of wsd, cosine and constant");
    };
    return progress -> progress < warmup ? progress / warmup : main.at(progress);
  }

  private static double fall(double gone, double length) {
    return gone <= 0 || length <= 0 ? 1 : 0.5 * (1 + Math.cos(Math.PI * Math.min(1, gone / length)));
  }
}
