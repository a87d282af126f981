package io.logitstream.model;

/**
 * Rotary position embedding.
 *
 * @param theta base of the wavelengths, 10000 by default
 * @param type {@code default}, {@code linear} or {@code llama3}
 * @param factor how far wavelengths are stretched (linear, llama3)
 * @param lowFrequencyFactor llama3: wavelengths above originalPositions / this are stretched by factor
 * @param highFrequencyFactor llama3: wavelengths below originalPositions / this stay as they are
 * @param originalPositions llama3: context length before stretching
 */
public record RopeConfig(double theta, String type, double factor, double lowFrequencyFactor,
    double highFrequencyFactor, int originalPositions) {

  /** Plain rotary embedding with the given base. */
  public static RopeConfig plain(double theta) {
    return new RopeConfig(theta, "default", 1, 1, 1, 0);
  }

  /**
   * Angles per position.
   *
   * @param headSize size of a head, even
   * @return inverse wavelengths, headSize / 2 of them
   */
  public double[] inverseFrequencies(int headSize) {
    double[] frequencies = new double[headSize / 2];
    for (int i = 0; i < frequencies.length; i++) {
      // In single precision, as the reference implementations compute it.
      frequencies[i] = (float) (1.0 / (float) Math.pow(theta, (double) (2 * i) / headSize));
      frequencies[i] = switch (type) {
        case "linear" -> frequencies[i] / factor;
        case "llama3" -> llama3(frequencies[i]);
        default -> frequencies[i];
      };
    }
    return frequencies;
  }

  // Llama 3.1: long wavelengths are stretched by the factor, short ones kept, those between interpolated.
  private double llama3(double frequency) {
    double wavelength = 2 * Math.PI / frequency;
    if (wavelength > originalPositions / lowFrequencyFactor) {
      return frequency / factor;
    }
    if (wavelength < originalPositions / highFrequencyFactor) {
      return frequency;
    }
    double smooth = (originalPositions / wavelength - lowFrequencyFactor)
        / (highFrequencyFactor - lowFrequencyFactor);
    return (1 - smooth) * frequency / factor + smooth * frequency;
  }
}
