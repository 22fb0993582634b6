"""A predictor that transfers between search spaces, in the manner of GENNAPE [Mills2023].

    computation_graph   a network as a graph of primitive operations, with shapes, kernels and biases
    tracing             from a module to its computation graph, without weights and without computing anything
    sources             computation graphs of the architectures of a space
    batches             many graphs as one
    encoder             from graphs to embeddings: layers of a 1-dimensional k-GNN
    contrastive         what the encoder learns without labels
    clusters            fuzzy C-means
    pretraining         encoder, clusters and heads, learned from the labels of one space
    predictor           the estimator: zero-shot, or fitted further to a few labels of the space at hand

References:
    [Mills2023] Mills et al., "GENNAPE: Towards Generalized Neural Architecture Performance Estimators", AAAI 2023.
"""
