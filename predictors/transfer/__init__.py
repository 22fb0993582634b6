"""A predictor that transfers between search spaces, in the manner of GENNAPE [Mills2023].

    computation_graph   a network as a graph of primitive operations, with shapes, kernels and biases
    tracing             from a module to its computation graph, without weights and without computing anything
    primitives          which operation a call of a function of torch is
    sources             computation graphs of the architectures of a space
    graph_set           many graphs, and batches of them
    totals              what a graph amounts to as a whole
    encoder             from graphs to embeddings: layers of a 1-dimensional k-GNN
    contrastive         what the encoder learns without labels
    augmentation        what it should not lean on
    clusters            fuzzy C-means
    heads               one perceptron a cluster, weighted by membership
    pretraining         all of it learned from the labels of one space
    pretrained          what has been learned, saved and used elsewhere
    predictor           the estimator: zero-shot, or fitted further to a few labels of the space at hand

References:
    [Mills2023] Mills et al., "GENNAPE: Towards Generalized Neural Architecture Performance Estimators", AAAI 2023.
"""
