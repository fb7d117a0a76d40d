// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

/** The forward pass written again from the papers, in double precision, one whole sequence at a time, without a cache. */
final class PlainLlama {
    private final TinyModel model;
    private final double[] frequencies;

    PlainLlama(TinyModel model, double[] frequencies) {
        this.model = model;
        this.frequencies = frequencies;
    }

    static double[] unscaledFrequencies(double base) {
        double[] frequencies = new double[TinyModel.HEAD_DIMENSION / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1 / Math.pow(base, 2.0 * i / TinyModel.HEAD_DIMENSION);
        }
        return frequencies;
    }

    /** Logits of the next token after each position. */
    double[][] logits(int[] tokens) {
        double[][] hidden = hiddenStates(tokens);
        String head = model.matrices().containsKey("output.weight") ? "output.weight" : "token_embd.weight";
        double[][] logits = new double[tokens.length][];
        for (int t = 0; t < tokens.length; t++) {
            logits[t] = multiply(head, hidden[t]);
        }
        return logits;
    }

    /** Final hidden states after the output norm. */
    double[][] hiddenStates(int[] tokens) {
        double[][] hidden = new double[tokens.length][];
        for (int t = 0; t < tokens.length; t++) {
            hidden[t] = toDoubles(model.matrix("token_embd.weight")[tokens[t]]);
        }
        for (int layer = 0; layer < TinyModel.LAYERS; layer++) {
            attend(hidden, "blk." + layer + ".");
            feedForward(hidden, "blk." + layer + ".");
        }
        for (int t = 0; t < tokens.length; t++) {
            hidden[t] = norm(hidden[t], "output_norm.weight");
        }
        return hidden;
    }

    private void attend(double[][] hidden, String block) {
        int length = hidden.length;
        double[][] q = new double[length][];
        double[][] k = new double[length][];
        double[][] v = new double[length][];
        for (int t = 0; t < length; t++) {
            double[] x = norm(hidden[t], block + "attn_norm.weight");
            q[t] = rotate(biased(multiply(block + "attn_q.weight", x), block + "attn_q.bias"), t);
            k[t] = rotate(biased(multiply(block + "attn_k.weight", x), block + "attn_k.bias"), t);
            v[t] = biased(multiply(block + "attn_v.weight", x), block + "attn_v.bias");
        }
        for (int t = 0; t < length; t++) {
            double[] mixed = new double[TinyModel.HEADS * TinyModel.HEAD_DIMENSION];
            for (int head = 0; head < TinyModel.HEADS; head++) {
                int at = head * TinyModel.HEAD_DIMENSION;
                int kvAt = head / (TinyModel.HEADS / TinyModel.KV_HEADS) * TinyModel.HEAD_DIMENSION;
                double[] weights = new double[t + 1];
                double sum = 0;
                for (int s = 0; s <= t; s++) {
                    double score = 0;
                    for (int d = 0; d < TinyModel.HEAD_DIMENSION; d++) {
                        score += q[t][at + d] * k[s][kvAt + d];
                    }
                    weights[s] = Math.exp(score / Math.sqrt(TinyModel.HEAD_DIMENSION));
                    sum += weights[s];
                }
                for (int s = 0; s <= t; s++) {
                    for (int d = 0; d < TinyModel.HEAD_DIMENSION; d++) {
                        mixed[at + d] += weights[s] / sum * v[s][kvAt + d];
                    }
                }
            }
            add(hidden[t], biased(multiply(block + "attn_output.weight", mixed), block + "attn_output.bias"));
        }
    }

    private void feedForward(double[][] hidden, String block) {
        for (double[] row : hidden) {
            double[] x = norm(row, block + "ffn_norm.weight");
            double[] gate = multiply(block + "ffn_gate.weight", x);
            double[] up = multiply(block + "ffn_up.weight", x);
            for (int i = 0; i < gate.length; i++) {
                gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
            }
            add(row, multiply(block + "ffn_down.weight", gate));
        }
    }

    private double[] rotate(double[] x, int position) {
        for (int head = 0; head < x.length / TinyModel.HEAD_DIMENSION; head++) {
            for (int i = 0; i < frequencies.length; i++) {
                int at = head * TinyModel.HEAD_DIMENSION + 2 * i;
                double cos = Math.cos(position * frequencies[i]);
                double sin = Math.sin(position * frequencies[i]);
                double a = x[at];
                double b = x[at + 1];
                x[at] = a * cos - b * sin;
                x[at + 1] = a * sin + b * cos;
            }
        }
        return x;
    }

    private double[] norm(double[] x, String name) {
        float[] weight = model.vector(name);
        double square = 0;
        for (double value : x) {
            square += value * value;
        }
        double scale = 1 / Math.sqrt(square / x.length + 1e-5);
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] * scale * weight[i];
        }
        return y;
    }

    private double[] multiply(String name, double[] x) {
        float[][] w = model.matrix(name);
        double[] y = new double[w.length];
        for (int n = 0; n < w.length; n++) {
            for (int k = 0; k < x.length; k++) {
                y[n] += w[n][k] * x[k];
            }
        }
        return y;
    }

    private double[] biased(double[] x, String name) {
        float[] bias = model.vectors().get(name);
        if (bias != null) {
            add(x, toDoubles(bias));
        }
        return x;
    }

    private static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }

    private static double[] toDoubles(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i];
        }
        return result;
    }
}
